-- Counts a message under all tags. Returns 1, or 2 (full) or 3 (too few successes), the place of
-- the tag that refused it, counted from 1, and the time until its window ends.
CREATE OR REPLACE FUNCTION otpost_spend(
    p_tags bytea[], p_mosts bigint[], p_spans bigint[], p_froms bigint[], p_percents integer[],
    OUT what integer, OUT place integer, OUT wait bigint
) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    c otpost_counter;
    at bigint;
BEGIN
    what := 1;
    FOR i IN 1 .. coalesce(array_length(p_tags, 1), 0) LOOP
        LOOP
            -- FOR UPDATE cannot lock a row that does not exist. So add it and try again, until no
            -- sweep has removed it in between.
            SELECT * INTO c FROM otpost_counter WHERE tag = p_tags[i] FOR UPDATE;
            EXIT WHEN FOUND;
            INSERT INTO otpost_counter VALUES (p_tags[i], 0, 0, 0) ON CONFLICT DO NOTHING;
        END LOOP;
        at := otpost_now();
        IF c.ends <= at THEN
            c.ends := at + p_spans[i]; c.sent := 0; c.succeeded := 0;
        END IF;
        IF c.sent >= p_mosts[i] THEN
            what := 2;
        ELSIF p_froms[i] > 0 AND c.sent >= p_froms[i]
            AND c.succeeded * 100 < c.sent * p_percents[i] THEN
            what := 3;
        END IF;
        IF what <> 1 THEN
            place := i; wait := c.ends - at;
            RETURN;
        END IF;
        UPDATE otpost_counter AS o SET ends = c.ends, sent = c.sent + 1, succeeded = c.succeeded
            WHERE o.tag = c.tag;
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION otpost_credit(p_tag bytea) RETURNS void LANGUAGE sql SET search_path FROM CURRENT AS $$
    UPDATE otpost_counter SET succeeded = succeeded + 1 WHERE tag = p_tag AND ends > otpost_now()
$$;

