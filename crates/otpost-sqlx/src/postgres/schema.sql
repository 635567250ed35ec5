-- The tables and functions of otpost, in the first schema of the search path. Running it again
-- keeps all data. Times are milliseconds since 1970 of the database's clock.

-- The functions keep the search path that is set here, so that they find these tables with any path
-- of the caller. The path names pg_temp last. Otherwise temporary tables would come first, and any
-- user can create one.
SELECT set_config('otpost.search_path', current_setting('search_path'), false),
    set_config('search_path', quote_ident(current_schema()) || ', pg_temp', false);

-- There are no CHECK constraints: PostgreSQL parses them for each statement that writes, which
-- makes a guess a tenth slower. The code that reads the rows checks them instead.
CREATE TABLE IF NOT EXISTS otpost_challenge (
    id       bytea PRIMARY KEY,           -- 24 bytes: the recipient's tag and the random part
    mac      bytea NOT NULL,              -- 16 bytes
    salt     bytea NOT NULL,              -- 16 bytes
    binding  bytea NOT NULL,              -- 8 bytes
    nonce    bytea,                       -- of the last attempt
    attempts integer NOT NULL,            -- attempts left
    state    smallint NOT NULL DEFAULT 0, -- 0 pending, 1 used, 2 exhausted, 3 revoked
    is_last  boolean NOT NULL DEFAULT true,
    used_at  bigint,
    expires  bigint NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS otpost_challenge_expires ON otpost_challenge (expires);

-- A right guess resets the counts of its recipient. To save a write, it usually updates only the
-- row of the challenge, and the row of the recipient is corrected later. This relies on three
-- rules:
--   1. While a challenge is pending and has `is_last`, it is `last` of its recipient, and
--      `locked_until` of the recipient is 0.
--   2. If the challenge in `last` was used, all columns of the recipient but `next` count as empty
--      (see `otpost_lock`).
--   3. The recipient's row is kept while that challenge is pending (`kept`). A sweep that deletes a
--      used challenge also writes its recipient's row.
CREATE TABLE IF NOT EXISTS otpost_recipient (
    tag          bytea PRIMARY KEY,       -- 8 bytes
    last         bytea,                   -- the id of a challenge
    kept         bigint NOT NULL,         -- when that challenge expires
    next         bigint NOT NULL,
    window_end   bigint NOT NULL,
    sent         integer NOT NULL,
    failures     integer NOT NULL,
    failures_end bigint NOT NULL,
    locks        integer NOT NULL,
    locked_until bigint NOT NULL
) WITH (fillfactor = 70);

-- The limits on messages and the markers of known numbers. Their rows can be deleted from `ends` on.
-- An index of `ends` is worth its writes where there are many rows that live long. The buckets are
-- few, and each message changes `ends`.
CREATE TABLE IF NOT EXISTS otpost_window (
    tag    bytea PRIMARY KEY,             -- 8 bytes
    slot   bigint NOT NULL,               -- the newest slot: its time divided by its length
    counts bigint[] NOT NULL,             -- the messages of 7 slots, the newest first
    ends   bigint NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS otpost_window_ends ON otpost_window (ends);

CREATE TABLE IF NOT EXISTS otpost_bucket (
    tag       bytea PRIMARY KEY,          -- 8 bytes
    full_at   bigint NOT NULL,            -- the time at which the bucket is full
    slot      bigint NOT NULL,            -- the newest slot of successes, of 4 hours
    successes bigint[] NOT NULL,          -- of 7 slots, the newest first
    ends      bigint NOT NULL
) WITH (fillfactor = 70);

CREATE TABLE IF NOT EXISTS otpost_marker (
    tag  bytea PRIMARY KEY,               -- 8 bytes
    ends bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS otpost_marker_ends ON otpost_marker (ends);

CREATE TABLE IF NOT EXISTS otpost_outbox (
    id        bytea PRIMARY KEY,          -- 25 bytes: the whole id of the challenge
    queue     bytea NOT NULL,             -- 8 bytes
    intent    bytea NOT NULL,             -- encrypted
    due       bigint NOT NULL,
    ends      bigint NOT NULL,            -- the time at which the intent is dropped
    claims    integer NOT NULL DEFAULT 0, -- since the last one that was finished
    is_unsure boolean NOT NULL DEFAULT false, -- the message may have been sent
    token     bigint NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS otpost_outbox_due ON otpost_outbox (queue, due);

-- The messages to which delivery reports are matched, and the requests that were received. A row can
-- be deleted from `ends` on.
CREATE TABLE IF NOT EXISTS otpost_report (
    name     bytea PRIMARY KEY,           -- 16 bytes, or none for the kind 5
    kind     smallint NOT NULL,           -- 1 message, 2 another name of one, 3 early report,
                                          -- 4 request, 5 the lock for counting early reports
    first    bytea,                       -- the name of the message with this other name
    note     text,                        -- of the message, under each of its names
    sent     bigint,                      -- when the message was recorded
    status   smallint NOT NULL DEFAULT 0, -- a bit, or 0 without reports
    replaces smallint NOT NULL DEFAULT 0, -- the bits of the statuses that it replaces
    detail   bytea NOT NULL DEFAULT '',
    ends     bigint NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS otpost_report_ends ON otpost_report (ends);
CREATE INDEX IF NOT EXISTS otpost_report_early ON otpost_report (ends) WHERE kind = 3;

-- Not now(): it is the time at which the transaction began, which may be before it waited for a
-- lock.
CREATE OR REPLACE FUNCTION otpost_now() RETURNS bigint LANGUAGE sql VOLATILE AS
$$ SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;

