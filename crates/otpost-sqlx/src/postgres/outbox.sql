-- Stores an intent that is due at once, in the place of an earlier one of the challenge. The new
-- token keeps a claim of the earlier one from finishing this one.
CREATE OR REPLACE FUNCTION otpost_queue(p_whole bytea, p_queue bytea, p_intent bytea, p_lifetime bigint)
RETURNS bytea LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    at bigint := otpost_now();
    v_unsent bytea;
BEGIN
    -- The lock keeps a worker from claiming it in between.
    SELECT o.intent INTO v_unsent FROM otpost_outbox AS o
        WHERE o.id = p_whole AND o.claims = 0 AND NOT o.is_unsure FOR UPDATE;
    -- An intent is kept for an hour after the lifetime of its challenge.
    INSERT INTO otpost_outbox AS o (id, queue, intent, due, ends)
        VALUES (p_whole, p_queue, p_intent, at, at + p_lifetime + 3600000)
        ON CONFLICT (id) DO UPDATE SET
            queue = excluded.queue, intent = excluded.intent, due = excluded.due,
            ends = excluded.ends, claims = 0, is_unsure = false, token = o.token + 1;
    RETURN v_unsent;
END $$;

CREATE OR REPLACE FUNCTION otpost_open_queued(
    p_queue bytea, p_intent bytea, p_whole bytea,
    p_id bytea, p_mac bytea, p_salt bytea, p_binding bytea, p_attempts integer,
    p_lifetime bigint, p_cooldown bigint, p_longest bigint, p_most integer, p_span bigint,
    OUT what integer, OUT wait bigint
) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    opened record;
    v_none bytea;
BEGIN
    opened := otpost_open(
        p_id, p_mac, p_salt, p_binding, p_attempts, p_lifetime,
        p_cooldown, p_longest, p_most, p_span
    );
    what := opened.what; wait := opened.wait;
    IF what = 1 THEN
        v_none := otpost_queue(p_whole, p_queue, p_intent, p_lifetime);
    END IF;
END $$;

-- Claims an intent of a queue that is due, for the duration of the lease. Without a salt, the
-- challenge is no longer pending or expires too soon. Removes intents on the way that were claimed
-- twice without a result or have ended.
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
        IF q.claims >= 2 OR q.ends <= at THEN
            DELETE FROM otpost_outbox AS o WHERE o.id = q.id;
            CONTINUE;
        END IF;
        UPDATE otpost_outbox AS o SET claims = q.claims + 1, token = q.token + 1, due = at + p_lease
            WHERE o.id = q.id;
        id := q.id; intent := q.intent; token := q.token + 1;
        is_repeated := q.is_unsure OR q.claims > 0;
        expires_in := 0;
        -- `c.state` is NULL without a challenge.
        IF c.state = 0 AND c.expires > at + p_least THEN
            salt := c.salt; expires_in := c.expires - at;
        END IF;
        RETURN;
    END LOOP;
END $$;

-- Finishes a claim. `p_after` is the time until the intent is due again, or NULL if it is done.
-- With `p_unsure`, the message may have been sent.
CREATE OR REPLACE FUNCTION otpost_finish(p_whole bytea, p_token bigint, p_after bigint, p_unsure boolean)
RETURNS boolean LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF p_after IS NULL THEN
        DELETE FROM otpost_outbox WHERE id = p_whole AND token = p_token;
    ELSE
        UPDATE otpost_outbox SET claims = 0, token = token + 1, due = otpost_now() + p_after,
            is_unsure = is_unsure OR p_unsure
            WHERE id = p_whole AND token = p_token;
    END IF;
    RETURN FOUND;
END $$;

