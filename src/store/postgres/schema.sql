-- otpost's tables and functions, in the first schema of the search path. Running it again changes nothing that is kept.
-- Times are milliseconds since 1970 of the database's clock.

CREATE TABLE IF NOT EXISTS otpost_challenge (
    id       bytea PRIMARY KEY,          -- the recipient's tag and the random part
    mac      bytea NOT NULL,
    salt     bytea NOT NULL,
    context  bytea NOT NULL,
    nonce    bytea,                      -- of the last attempt
    attempts integer NOT NULL,           -- that are left
    state    smallint NOT NULL DEFAULT 0, -- 0 waits, 1 used, 2 exhausted, 3 revoked
    used_at  bigint,
    expires  bigint NOT NULL,
    CHECK (length(id) = 24 AND length(mac) = 16 AND length(salt) = 16 AND length(context) = 12),
    CHECK (attempts >= 0 AND state BETWEEN 0 AND 3)
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS otpost_challenge_expires ON otpost_challenge (expires);

CREATE TABLE IF NOT EXISTS otpost_recipient (
    tag          bytea PRIMARY KEY CHECK (length(tag) = 8),
    next         bigint NOT NULL DEFAULT 0,
    end1         bigint NOT NULL DEFAULT 0,
    sent1        integer NOT NULL DEFAULT 0,
    end2         bigint NOT NULL DEFAULT 0,
    sent2        integer NOT NULL DEFAULT 0,
    failures     integer NOT NULL DEFAULT 0,
    failures_end bigint NOT NULL DEFAULT 0,
    locks        integer NOT NULL DEFAULT 0,
    locked_until bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);

CREATE TABLE IF NOT EXISTS otpost_counter (
    tag       bytea PRIMARY KEY CHECK (length(tag) = 8),
    ends      bigint NOT NULL,
    sent      bigint NOT NULL,
    succeeded bigint NOT NULL
) WITH (fillfactor = 70);

CREATE TABLE IF NOT EXISTS otpost_outbox (
    id     bytea PRIMARY KEY CHECK (length(id) = 25), -- the whole identity of the challenge
    intent bytea NOT NULL,                            -- number, purpose, language, variables
    due    bigint NOT NULL,
    claims integer NOT NULL DEFAULT 0,                -- since it was last known that nothing was sent
    token  bigint NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS otpost_outbox_due ON otpost_outbox (due);

-- Not now(): a transaction that waited for a lock began before what it waited for.
CREATE OR REPLACE FUNCTION otpost_now() RETURNS bigint LANGUAGE sql VOLATILE AS
$$ SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;

-- Whoever decides about a recipient or one of its challenges does so alone, until its transaction ends. Rows are not locked: that would write
-- them twice.
CREATE OR REPLACE FUNCTION otpost_lock(p_tag bytea) RETURNS otpost_recipient LANGUAGE plpgsql AS $$
DECLARE
    r otpost_recipient;
BEGIN
    PERFORM pg_advisory_xact_lock(1869902196, (get_byte(p_tag, 0) << 24) | (get_byte(p_tag, 1) << 16)
        | (get_byte(p_tag, 2) << 8) | get_byte(p_tag, 3));
    SELECT * INTO r FROM otpost_recipient WHERE tag = p_tag;
    IF NOT FOUND THEN
        r := ROW(p_tag, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    END IF;
    RETURN r;
END $$;

-- Takes a permit to send: 1 and the wait for the next; 2 cooldown, 3 quota, 4 locked, and for how long.
CREATE OR REPLACE FUNCTION otpost_permit(
    r otpost_recipient, p_cooldown bigint, p_longest bigint,
    p_most1 integer, p_span1 bigint, p_most2 integer, p_span2 bigint,
    OUT what integer, OUT wait bigint
) LANGUAGE plpgsql AS $$
DECLARE
    at bigint := otpost_now();
BEGIN
    IF r.locked_until > at THEN
        what := 4; wait := r.locked_until - at;
        RETURN;
    END IF;
    wait := 0;
    IF p_most1 = 0 THEN wait := p_span1;
    ELSIF r.end1 > at AND r.sent1 >= p_most1 THEN wait := r.end1 - at;
    END IF;
    IF p_most2 = 0 THEN wait := greatest(wait, p_span2);
    ELSIF r.end2 > at AND r.sent2 >= p_most2 THEN wait := greatest(wait, r.end2 - at);
    END IF;
    IF wait > 0 THEN
        what := 3;
        RETURN;
    END IF;
    IF r.next > at THEN
        what := 2; wait := r.next - at;
        RETURN;
    END IF;
    IF r.end1 <= at THEN r.end1 := at + p_span1; r.sent1 := 0; END IF;
    IF r.end2 <= at THEN r.end2 := at + p_span2; r.sent2 := 0; END IF;
    what := 1;
    wait := least(p_cooldown::numeric * 2 ^ least(r.sent1, 40), greatest(p_longest, p_cooldown));
    INSERT INTO otpost_recipient AS o (tag, next, end1, sent1, end2, sent2)
        VALUES (r.tag, at + wait, r.end1, r.sent1 + 1, r.end2, r.sent2 + 1)
        ON CONFLICT (tag) DO UPDATE SET
            next = at + wait, end1 = r.end1, sent1 = r.sent1 + 1, end2 = r.end2, sent2 = r.sent2 + 1;
END $$;

CREATE OR REPLACE FUNCTION otpost_open(
    p_id bytea, p_mac bytea, p_salt bytea, p_context bytea, p_attempts integer, p_lifetime bigint,
    p_cooldown bigint, p_longest bigint,
    p_most1 integer, p_span1 bigint, p_most2 integer, p_span2 bigint,
    OUT what integer, OUT wait bigint
) LANGUAGE plpgsql AS $$
BEGIN
    SELECT p.what, p.wait INTO what, wait FROM otpost_permit(
        otpost_lock(substr(p_id, 1, 8)), p_cooldown, p_longest, p_most1, p_span1, p_most2, p_span2
    ) AS p;
    IF what = 1 THEN
        INSERT INTO otpost_challenge (id, mac, salt, context, attempts, expires)
            VALUES (p_id, p_mac, p_salt, p_context, p_attempts, otpost_now() + p_lifetime);
    END IF;
END $$;

-- 10 to 13 gone: absent, used, exhausted, revoked. 20 accepted, 21 wrong, 22 locked.
CREATE OR REPLACE FUNCTION otpost_attempt(
    p_id bytea, p_mac bytea, p_nonce bytea,
    p_failures integer, p_lock bigint, p_longest bigint, p_memory bigint,
    OUT what integer, OUT number bigint, OUT context bytea
) LANGUAGE plpgsql AS $$
DECLARE
    v_tag bytea := substr(p_id, 1, 8);
    is_alone boolean;
    at bigint;
    is_right boolean;
    is_repeated boolean;
    v_attempts integer;
    v_state smallint;
    v_used_at bigint;
    v_expires bigint;
    v_failures integer;
    v_failures_end bigint;
    v_locks integer;
    v_locked_until bigint;
BEGIN
    is_alone := pg_advisory_xact_lock(1869902196, (get_byte(p_id, 0) << 24) | (get_byte(p_id, 1) << 16)
        | (get_byte(p_id, 2) << 8) | get_byte(p_id, 3)) IS NULL;
    at := floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint;
    SELECT c.mac = p_mac, coalesce(c.nonce = p_nonce, false), c.attempts, c.state, c.used_at, c.expires,
            c.context, r.failures, r.failures_end, r.locks, r.locked_until
        INTO is_right, is_repeated, v_attempts, v_state, v_used_at, v_expires,
            context, v_failures, v_failures_end, v_locks, v_locked_until
        FROM otpost_challenge AS c LEFT JOIN otpost_recipient AS r ON r.tag = v_tag
        WHERE c.id = p_id;
    IF NOT FOUND OR v_expires <= at OR v_used_at <= at - 60000 THEN
        what := 10;
    ELSIF v_state = 1 AND is_repeated THEN
        what := 20; number := 1;
    ELSIF v_state = 2 AND is_repeated THEN
        what := 21; number := 0;
    ELSIF v_state > 0 THEN
        what := 10 + v_state;
    ELSIF is_repeated THEN
        what := 21; number := v_attempts;
    ELSIF v_locked_until > at THEN
        what := 22; number := v_locked_until - at;
    ELSIF is_right THEN
        what := 20; number := 0;
        -- Counted before it is compared, as everywhere, though nobody else is here.
        WITH used AS (
            UPDATE otpost_challenge SET attempts = attempts - 1, nonce = p_nonce, state = 1, used_at = at
                WHERE id = p_id
        )
        UPDATE otpost_recipient SET
            end1 = 0, sent1 = 0, end2 = 0, sent2 = 0,
            failures = 0, failures_end = 0, locks = 0, locked_until = 0
            WHERE tag = v_tag;
    ELSE
        what := 21; number := v_attempts - 1;
        IF coalesce(v_failures_end, 0) <= at THEN
            v_failures := 0; v_locks := 0;
        END IF;
        v_failures := v_failures + 1;
        v_locked_until := coalesce(v_locked_until, 0);
        IF v_failures >= p_failures THEN
            v_locked_until :=
                at + least(p_lock::numeric * 2 ^ least(v_locks, 40), greatest(p_longest, p_lock));
            -- After the pause the first wrong guess is one, and not one too many.
            v_failures := 0;
            v_locks := least(v_locks + 1, 255);
        END IF;
        WITH counted AS (
            UPDATE otpost_challenge SET
                attempts = number, nonce = p_nonce, state = CASE WHEN number = 0 THEN 2 ELSE 0 END
                WHERE id = p_id
        )
        INSERT INTO otpost_recipient AS o (tag, failures, failures_end, locks, locked_until)
            VALUES (v_tag, v_failures, at + p_memory, v_locks, v_locked_until)
            ON CONFLICT (tag) DO UPDATE SET
                failures = v_failures, failures_end = at + p_memory,
                locks = v_locks, locked_until = v_locked_until;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION otpost_resend(
    p_id bytea, p_least bigint, p_salt bytea, p_mac bytea, p_cooldown bigint, p_longest bigint,
    p_most1 integer, p_span1 bigint, p_most2 integer, p_span2 bigint,
    OUT what integer, OUT wait bigint, OUT expires_in bigint, OUT salt bytea
) LANGUAGE plpgsql AS $$
DECLARE
    c otpost_challenge;
    r otpost_recipient;
    at bigint;
BEGIN
    r := otpost_lock(substr(p_id, 1, 8));
    SELECT * INTO c FROM otpost_challenge WHERE id = p_id;
    at := otpost_now();
    IF c.id IS NULL OR c.expires <= at OR c.used_at <= at - 60000 THEN
        what := 10;
    ELSIF c.state > 0 THEN
        what := 10 + c.state;
    ELSIF c.expires <= at + p_least THEN
        what := 10;
    END IF;
    IF what IS NOT NULL THEN
        RETURN;
    END IF;
    SELECT p.what, p.wait INTO what, wait FROM otpost_permit(
        r, p_cooldown, p_longest, p_most1, p_span1, p_most2, p_span2
    ) AS p;
    IF what <> 1 THEN
        RETURN;
    END IF;
    salt := c.salt;
    IF p_salt IS NOT NULL THEN
        salt := p_salt;
        UPDATE otpost_challenge AS o SET salt = p_salt, mac = p_mac WHERE o.id = p_id;
    END IF;
    expires_in := c.expires - otpost_now();
END $$;

CREATE OR REPLACE FUNCTION otpost_revoke(p_id bytea) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM otpost_lock(substr(p_id, 1, 8));
    UPDATE otpost_challenge SET state = 3
        WHERE id = p_id AND state = 0 AND expires > otpost_now();
    RETURN FOUND;
END $$;

-- 1 when the message was counted under all tags; else 2 (full) or 3 (too few successes), the place of the tag that refused it, from 1, and how long
-- its window lasts.
CREATE OR REPLACE FUNCTION otpost_spend(
    p_tags bytea[], p_mosts bigint[], p_spans bigint[], p_froms bigint[], p_percents integer[],
    OUT what integer, OUT place integer, OUT wait bigint
) LANGUAGE plpgsql AS $$
DECLARE
    c otpost_counter;
    at bigint;
BEGIN
    what := 1;
    FOR i IN 1 .. coalesce(array_length(p_tags, 1), 0) LOOP
        LOOP
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

CREATE OR REPLACE FUNCTION otpost_credit(p_tag bytea) RETURNS void LANGUAGE sql AS $$
    UPDATE otpost_counter SET succeeded = succeeded + 1 WHERE tag = p_tag AND ends > otpost_now()
$$;

-- Removes up to so many challenges that have ended, and where those are fewer, recipients and counters as well; how many
-- challenges those were.
CREATE OR REPLACE FUNCTION otpost_sweep(p_most integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    at bigint := otpost_now();
    removed bigint;
BEGIN
    DELETE FROM otpost_challenge WHERE id IN (
        SELECT id FROM otpost_challenge WHERE expires <= at
            ORDER BY expires LIMIT p_most FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS removed = ROW_COUNT;
    IF removed < p_most THEN
        DELETE FROM otpost_recipient WHERE tag IN (
            SELECT tag FROM otpost_recipient
                WHERE greatest(next, end1, end2, failures_end, locked_until) <= at
                FOR UPDATE SKIP LOCKED
        );
        DELETE FROM otpost_counter WHERE tag IN (
            SELECT tag FROM otpost_counter WHERE ends <= at FOR UPDATE SKIP LOCKED
        );
        DELETE FROM otpost_outbox WHERE id IN (
            SELECT o.id FROM otpost_outbox AS o WHERE NOT EXISTS (
                SELECT FROM otpost_challenge AS c WHERE c.id = substr(o.id, 2) AND c.expires > at
            ) FOR UPDATE SKIP LOCKED
        );
    END IF;
    RETURN removed;
END $$;

CREATE OR REPLACE FUNCTION otpost_open_queued(
    p_intent bytea, p_whole bytea,
    p_id bytea, p_mac bytea, p_salt bytea, p_context bytea, p_attempts integer, p_lifetime bigint,
    p_cooldown bigint, p_longest bigint,
    p_most1 integer, p_span1 bigint, p_most2 integer, p_span2 bigint,
    OUT what integer, OUT wait bigint
) LANGUAGE plpgsql AS $$
BEGIN
    SELECT o.what, o.wait INTO what, wait FROM otpost_open(
        p_id, p_mac, p_salt, p_context, p_attempts, p_lifetime,
        p_cooldown, p_longest, p_most1, p_span1, p_most2, p_span2
    ) AS o;
    IF what = 1 THEN
        INSERT INTO otpost_outbox (id, intent, due) VALUES (p_whole, p_intent, otpost_now());
    END IF;
END $$;

-- One intent that is due, for so long; those whose challenge waits no more, or that were claimed twice, are removed.
CREATE OR REPLACE FUNCTION otpost_claim(
    p_lease bigint, p_least bigint,
    OUT id bytea, OUT salt bytea, OUT expires_in bigint, OUT intent bytea,
    OUT is_repeated boolean, OUT token bigint
) LANGUAGE plpgsql AS $$
DECLARE
    q otpost_outbox;
    c otpost_challenge;
    at bigint;
BEGIN
    LOOP
        SELECT * INTO q FROM otpost_outbox AS o WHERE o.due <= otpost_now()
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

-- What became of a claim: NULL for done, or when again.
CREATE OR REPLACE FUNCTION otpost_settle(p_whole bytea, p_token bigint, p_after bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF p_after IS NULL THEN
        DELETE FROM otpost_outbox WHERE id = p_whole AND token = p_token;
    ELSE
        UPDATE otpost_outbox SET claims = 0, token = token + 1, due = otpost_now() + p_after
            WHERE id = p_whole AND token = p_token;
    END IF;
    RETURN FOUND;
END $$;
