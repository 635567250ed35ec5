CREATE OR REPLACE FUNCTION otpost_open_queued(
    p_queue bytea, p_intent bytea, p_whole bytea,
    p_id bytea, p_mac bytea, p_salt bytea, p_context bytea, p_binding bytea, p_attempts integer, p_lifetime bigint,
    p_cooldown bigint, p_longest bigint,
    p_most1 integer, p_span1 bigint, p_most2 integer, p_span2 bigint,
    OUT what integer, OUT wait bigint
) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    opened record;
BEGIN
    opened := otpost_open(
        p_id, p_mac, p_salt, p_context, p_binding, p_attempts, p_lifetime,
        p_cooldown, p_longest, p_most1, p_span1, p_most2, p_span2
    );
    what := opened.what; wait := opened.wait;
    IF what = 1 THEN
        INSERT INTO otpost_outbox (id, queue, intent, due) VALUES (p_whole, p_queue, p_intent, otpost_now());
    END IF;
END $$;

-- Claims an intent of a queue that is due, for the duration of the lease. Removes intents on the
-- way whose challenge is no longer pending or expires too soon, and those that were claimed twice
-- without a result.
CREATE OR REPLACE FUNCTION otpost_claim(
    p_queue bytea, p_lease bigint, p_least bigint,
    OUT id bytea, OUT salt bytea, OUT expires_in bigint, OUT intent bytea,
    OUT is_repeated boolean, OUT token bigint
) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    q otpost_outbox;
    c otpost_challenge;
    at bigint;
BEGIN
    LOOP
        -- SKIP LOCKED gives concurrent workers different intents. Without it they would wait for
        -- each other.
        SELECT * INTO q FROM otpost_outbox AS o WHERE o.queue = p_queue AND o.due <= otpost_now()
            ORDER BY o.due LIMIT 1 FOR UPDATE SKIP LOCKED;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        SELECT * INTO c FROM otpost_challenge AS o WHERE o.id = substr(q.id, 2);
        at := otpost_now();
        IF c.id IS NULL OR c.state <> 0 OR c.expires <= at + p_least OR q.claims >= 2 THEN
            DELETE FROM otpost_outbox AS o WHERE o.id = q.id;
            CONTINUE;
        END IF;
        UPDATE otpost_outbox AS o SET claims = q.claims + 1, token = q.token + 1, due = at + p_lease
            WHERE o.id = q.id;
        id := q.id; salt := c.salt; expires_in := c.expires - at; intent := q.intent;
        is_repeated := q.claims > 0; token := q.token + 1;
        RETURN;
    END LOOP;
END $$;

-- Settles a claim. `p_after` is the time until the intent is due again, or NULL if it is done.
CREATE OR REPLACE FUNCTION otpost_settle(p_whole bytea, p_token bigint, p_after bigint)
RETURNS boolean LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF p_after IS NULL THEN
        DELETE FROM otpost_outbox WHERE id = p_whole AND token = p_token;
    ELSE
        UPDATE otpost_outbox SET claims = 0, token = token + 1, due = otpost_now() + p_after
            WHERE id = p_whole AND token = p_token;
    END IF;
    RETURN FOUND;
END $$;

