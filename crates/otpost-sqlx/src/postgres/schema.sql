-- otpost's tables and functions, in the first schema of the search path. Running it again changes
-- nothing that is kept. Times are milliseconds since 1970 of the database's clock.

-- The functions that are called keep the path of this line, so that they find these tables whatever
-- path their caller has. Temporary tables come last: they would come first if the path did not name
-- them, and anyone may create one.
SELECT set_config('otpost.search_path', current_setting('search_path'), false),
    set_config('search_path', quote_ident(current_schema()) || ', pg_temp', false);

-- No CHECKs: PostgreSQL parses them anew for each statement that writes, which makes a guess a
-- tenth dearer. What reads the rows looks at them.
CREATE TABLE IF NOT EXISTS otpost_challenge (
    id       bytea PRIMARY KEY,           -- 24 bytes: the recipient's tag and the random part
    mac      bytea NOT NULL,              -- 16 bytes
    salt     bytea NOT NULL,              -- 16 bytes
    context  bytea NOT NULL,              -- 12 bytes
    binding  bytea NOT NULL,              -- 8 bytes
    nonce    bytea,                       -- of the last attempt
    attempts integer NOT NULL,            -- that are left
    state    smallint NOT NULL DEFAULT 0, -- 0 waits, 1 used, 2 exhausted, 3 revoked
    is_last  boolean NOT NULL DEFAULT true,
    used_at  bigint,
    expires  bigint NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS otpost_challenge_expires ON otpost_challenge (expires);

-- A right guess ends the recipient's waits, and yet writes one row where it can: that of the
-- challenge. Rules of that:
--   1. While a challenge waits and `is_last`, `last` of its recipient is that challenge, and
--      `locked_until` is 0.
--   2. When the challenge that is `last` was used, all but `next` counts as empty (`otpost_lock`
--      reads it so).
--   3. The row stays while that challenge waits (`kept`), and what is used is not swept before its
--      recipient is written so.
CREATE TABLE IF NOT EXISTS otpost_recipient (
    tag          bytea PRIMARY KEY,       -- 8 bytes
    last         bytea,                   -- a challenge
    kept         bigint NOT NULL,         -- when that one ends
    next         bigint NOT NULL,
    end1         bigint NOT NULL,
    sent1        integer NOT NULL,
    end2         bigint NOT NULL,
    sent2        integer NOT NULL,
    failures     integer NOT NULL,
    failures_end bigint NOT NULL,
    locks        integer NOT NULL,
    locked_until bigint NOT NULL
) WITH (fillfactor = 70);

CREATE TABLE IF NOT EXISTS otpost_counter (
    tag       bytea PRIMARY KEY,          -- 8 bytes
    ends      bigint NOT NULL,
    sent      bigint NOT NULL,
    succeeded bigint NOT NULL
) WITH (fillfactor = 70);

CREATE TABLE IF NOT EXISTS otpost_outbox (
    id     bytea PRIMARY KEY,             -- 25 bytes: the whole identity of the challenge
    queue  bytea NOT NULL,                -- 8 bytes
    intent bytea NOT NULL,                -- encrypted
    due    bigint NOT NULL,
    claims integer NOT NULL DEFAULT 0,    -- since it was last known that nothing was sent
    token  bigint NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS otpost_outbox_due ON otpost_outbox (queue, due);

-- Not now(): a transaction that waited for a lock began before what it waited for.
CREATE OR REPLACE FUNCTION otpost_now() RETURNS bigint LANGUAGE sql VOLATILE AS
$$ SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;

