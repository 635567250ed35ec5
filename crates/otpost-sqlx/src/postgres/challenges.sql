-- Functions are called in assignments where possible: calling them in a statement costs several
-- times as much.

-- Takes the lock of a recipient and its challenges until the end of the transaction. So only one
-- transaction at a time decides about them. It is an advisory lock, because locking a row would
-- write it twice. The argument is a tag, or an id, which begins with a tag.
CREATE OR REPLACE FUNCTION otpost_alone(p_tag bytea) RETURNS boolean LANGUAGE sql VOLATILE AS $$
    SELECT pg_advisory_xact_lock(1869902196, (get_byte(p_tag, 0) << 24) | (get_byte(p_tag, 1) << 16)
        | (get_byte(p_tag, 2) << 8) | get_byte(p_tag, 3)) IS NULL
$$;

-- Takes the lock of a recipient and returns its row, or an empty one if it is new. See rule 2 in
-- schema.sql for `is_void`.
CREATE OR REPLACE FUNCTION otpost_lock(p_tag bytea) RETURNS otpost_recipient LANGUAGE plpgsql AS $$
DECLARE
    is_alone boolean := otpost_alone(p_tag);
    found_ record;
    r otpost_recipient;
BEGIN
    -- One statement: between two, a sweep could write the recipient and delete the challenge.
    SELECT o AS whole, coalesce(c.state = 1, false) AS is_void INTO found_
        FROM otpost_recipient AS o LEFT JOIN otpost_challenge AS c ON c.id = o.last
        WHERE o.tag = p_tag;
    r := found_.whole;
    IF r.tag IS NULL THEN
        r := ROW(p_tag, NULL, 0, 0, 0, 0, 0, 0, 0, 0);
    ELSIF found_.is_void THEN
        r := ROW(p_tag, NULL, 0, r.next, 0, 0, 0, 0, 0, 0);
    END IF;
    RETURN r;
END $$;

-- Writes the row of a recipient.
CREATE OR REPLACE FUNCTION otpost_keep(r otpost_recipient) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO otpost_recipient SELECT r.* ON CONFLICT (tag) DO UPDATE SET
        last = r.last, kept = r.kept, next = r.next,
        window_end = r.window_end, sent = r.sent,
        failures = r.failures, failures_end = r.failures_end,
        locks = r.locks, locked_until = r.locked_until;
    RETURN true;
END $$;

-- Takes a permit to send. Returns 1 and the time until the next message, or 2 (cooldown), 3 (quota)
-- or 4 (locked) and the time to wait.
CREATE OR REPLACE FUNCTION otpost_permit(
    r otpost_recipient, p_cooldown bigint, p_longest bigint, p_most integer, p_span bigint,
    OUT what integer, OUT wait bigint
) LANGUAGE plpgsql AS $$
DECLARE
    at bigint := otpost_now();
    is_kept boolean;
BEGIN
    IF r.locked_until > at THEN
        what := 4; wait := r.locked_until - at;
        RETURN;
    END IF;
    -- Clear the expired lock, so that a clock that steps back does not restore it. Rule 1 in
    -- schema.sql needs this: a right guess at a challenge that is opened now is accepted without a
    -- look at the recipient.
    r.locked_until := 0;
    IF p_most = 0 THEN
        what := 3; wait := p_span;
        RETURN;
    END IF;
    IF r.window_end > at AND r.sent >= p_most THEN
        what := 3; wait := r.window_end - at;
        RETURN;
    END IF;
    IF r.next > at THEN
        what := 2; wait := r.next - at;
        RETURN;
    END IF;
    IF r.window_end <= at THEN
        r.window_end := at + p_span; r.sent := 0;
    END IF;
    what := 1;
    wait := least(p_cooldown::numeric * 2 ^ least(r.sent, 40), greatest(p_longest, p_cooldown));
    r.next := at + wait; r.sent := r.sent + 1;
    is_kept := otpost_keep(r);
END $$;

CREATE OR REPLACE FUNCTION otpost_open(
    p_id bytea, p_mac bytea, p_salt bytea, p_binding bytea, p_attempts integer,
    p_lifetime bigint, p_cooldown bigint, p_longest bigint, p_most integer, p_span bigint,
    OUT what integer, OUT wait bigint
) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    r otpost_recipient := otpost_lock(substr(p_id, 1, 8));
    -- Declarations run in order, so the lock is held before the clock is read.
    v_before bytea := r.last;
    v_expires bigint := otpost_now() + p_lifetime;
    permit record;
BEGIN
    r.last := p_id; r.kept := v_expires;
    permit := otpost_permit(r, p_cooldown, p_longest, p_most, p_span);
    what := permit.what; wait := permit.wait;
    IF what = 1 THEN
        -- By rule 1 in schema.sql, only the newest challenge may take the fast path.
        IF v_before IS NOT NULL THEN
            UPDATE otpost_challenge SET is_last = false WHERE id = v_before AND state = 0;
        END IF;
        INSERT INTO otpost_challenge (id, mac, salt, binding, attempts, expires)
            VALUES (p_id, p_mac, p_salt, p_binding, p_attempts, v_expires);
    END IF;
END $$;

-- Counts a guess and compares it. Returns 10 (absent), 11 (used), 12 (exhausted), 13 (revoked), 20
-- (accepted), 21 (wrong) or 22 (locked). `number` is 1 for a repeated acceptance, the attempts left
-- after a wrong guess, or the time to wait.
CREATE OR REPLACE FUNCTION otpost_attempt(
    p_id bytea, p_mac bytea, p_nonce bytea,
    p_failures integer, p_lock bigint, p_longest bigint, p_memory bigint,
    OUT what integer, OUT number bigint
) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    -- Lock before comparing: a wrong guess must be counted before the next guess is compared.
    is_alone boolean := otpost_alone(p_id);
    at bigint := otpost_now();
    c otpost_challenge;
    r otpost_recipient;
    is_repeated boolean;
    is_kept boolean;
BEGIN
    -- The fast path of nearly all right guesses, which writes one row. By rule 1 in schema.sql the
    -- recipient is not locked, and by rule 2 this row resets its counts.
    UPDATE otpost_challenge AS o SET attempts = o.attempts - 1, nonce = p_nonce, state = 1, used_at = at
        WHERE o.id = p_id AND o.mac = p_mac AND o.state = 0 AND o.is_last
            AND o.attempts BETWEEN 1 AND 65535 AND o.expires > at AND (o.nonce = p_nonce) IS NOT TRUE;
    IF FOUND THEN
        what := 20; number := 0;
        RETURN;
    END IF;
    -- The transaction has the lock already, and taking it again does not wait.
    r := otpost_lock(substr(p_id, 1, 8));
    SELECT * INTO c FROM otpost_challenge AS o WHERE o.id = p_id;
    is_repeated := coalesce(c.nonce = p_nonce, false);
    IF c.id IS NULL OR c.expires <= at OR c.used_at <= at - 60000 THEN
        what := 10;
    ELSIF c.state = 1 AND is_repeated THEN
        what := 20; number := 1;
    ELSIF c.state = 2 AND is_repeated THEN
        what := 21; number := 0;
    ELSIF c.state <> 0 THEN
        what := 10 + c.state;
    ELSIF is_repeated THEN
        what := 21; number := c.attempts;
    ELSIF r.locked_until > at THEN
        what := 22; number := r.locked_until - at;
    ELSIF c.attempts NOT BETWEEN 1 AND 65535 THEN
        RETURN; -- Invalid data, which these functions have not written.
    ELSIF c.mac = p_mac THEN
        what := 20; number := 0;
        UPDATE otpost_challenge AS o SET attempts = o.attempts - 1, nonce = p_nonce, state = 1, used_at = at
            WHERE o.id = p_id;
        is_kept := otpost_keep(ROW(r.tag, r.last, r.kept, r.next, 0, 0, 0, 0, 0, 0));
    ELSE
        what := 21; number := c.attempts - 1;
        IF r.failures_end <= at THEN
            r.failures := 0; r.locks := 0;
        END IF;
        r.failures := r.failures + 1; r.failures_end := at + p_memory;
        IF r.failures >= p_failures THEN
            r.locked_until :=
                at + least(p_lock::numeric * 2 ^ least(r.locks, 40), greatest(p_longest, p_lock));
            -- Restart the count: after the lock, the next wrong guess must not lock again at once.
            r.failures := 0;
            r.locks := least(r.locks + 1, 255);
            -- All challenges of the recipient, not only `last`: rule 1 must hold even if the
            -- recipient's row was deleted.
            UPDATE otpost_challenge AS o SET is_last = false
                WHERE o.id >= r.tag AND o.id < r.tag || decode(repeat('ff', 17), 'hex') AND o.is_last;
            r.last := NULL;
        END IF;
        UPDATE otpost_challenge AS o SET
            attempts = number, nonce = p_nonce, state = CASE WHEN number = 0 THEN 2 ELSE 0 END
            WHERE o.id = p_id;
        is_kept := otpost_keep(r);
    END IF;
END $$;

CREATE OR REPLACE FUNCTION otpost_resend(
    p_id bytea, p_least bigint, p_binding bytea, p_salt bytea, p_mac bytea, p_cooldown bigint, p_longest bigint, p_most integer, p_span bigint,
    OUT what integer, OUT wait bigint, OUT expires_in bigint, OUT salt bytea
) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    c otpost_challenge;
    r otpost_recipient;
    at bigint;
    permit record;
BEGIN
    r := otpost_lock(substr(p_id, 1, 8));
    SELECT * INTO c FROM otpost_challenge WHERE id = p_id;
    at := otpost_now();
    IF c.id IS NULL OR c.expires <= at OR c.used_at <= at - 60000 THEN
        what := 10;
    ELSIF c.state <> 0 THEN
        what := 10 + c.state;
    ELSIF c.expires <= at + p_least THEN
        what := 10;
    ELSIF c.binding IS DISTINCT FROM p_binding THEN
        what := 5;
    END IF;
    IF what IS NOT NULL THEN
        RETURN;
    END IF;
    permit := otpost_permit(r, p_cooldown, p_longest, p_most, p_span);
    what := permit.what; wait := permit.wait;
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

CREATE OR REPLACE FUNCTION otpost_revoke(p_id bytea) RETURNS boolean LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    r otpost_recipient := otpost_lock(substr(p_id, 1, 8));
BEGIN
    UPDATE otpost_challenge SET state = 3
        WHERE id = p_id AND state = 0 AND expires > otpost_now();
    RETURN FOUND;
END $$;

-- Returns the permit of a message that was not sent, and revokes the challenge if `p_revokes` is
-- set. Returns true if it was pending.
CREATE OR REPLACE FUNCTION otpost_return_permit(p_id bytea, p_revokes boolean) RETURNS boolean LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    r otpost_recipient := otpost_lock(substr(p_id, 1, 8));
    at bigint := otpost_now();
    is_kept boolean;
BEGIN
    IF NOT EXISTS (SELECT FROM otpost_challenge WHERE id = p_id AND state = 0 AND expires > at) THEN
        RETURN false;
    END IF;
    IF p_revokes THEN
        UPDATE otpost_challenge SET state = 3 WHERE id = p_id;
    END IF;
    IF r.window_end > at THEN
        r.sent := greatest(r.sent - 1, 0);
    END IF;
    r.next := 0;
    is_kept := otpost_keep(r);
    RETURN true;
END $$;

-- Clears the cooldown, the counts and the lock of a recipient. The row stays, and so do `last` and
-- `kept`, as rules 1 and 3 in schema.sql need them.
CREATE OR REPLACE FUNCTION otpost_reset(p_tag bytea) RETURNS boolean LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    is_alone boolean := otpost_alone(p_tag);
BEGIN
    UPDATE otpost_recipient SET next = 0, window_end = 0, sent = 0,
        failures = 0, failures_end = 0, locks = 0, locked_until = 0
        WHERE tag = p_tag;
    RETURN true;
END $$;
