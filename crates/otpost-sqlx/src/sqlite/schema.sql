-- The tables of otpost. Times are milliseconds since 1970.
CREATE TABLE IF NOT EXISTS otpost_challenge (
    id       BLOB PRIMARY KEY CHECK (length(id) = 24), -- the recipient's tag and the random part
    mac      BLOB NOT NULL,
    salt     BLOB NOT NULL,
    binding  BLOB NOT NULL,
    nonce    BLOB NOT NULL,              -- of the last attempt, or zeros
    expires  INTEGER NOT NULL,
    attempts INTEGER NOT NULL,           -- attempts left
    state    INTEGER NOT NULL            -- 0 pending, 1 used, 2 exhausted, 3 revoked
) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS otpost_challenge_expires ON otpost_challenge (expires);

CREATE TABLE IF NOT EXISTS otpost_recipient (
    tag          BLOB PRIMARY KEY CHECK (length(tag) = 8),
    next         INTEGER NOT NULL,
    window_end   INTEGER NOT NULL,
    sent         INTEGER NOT NULL,
    failures     INTEGER NOT NULL,
    failures_end INTEGER NOT NULL,
    locks        INTEGER NOT NULL,
    locked_until INTEGER NOT NULL,
    ends         INTEGER NOT NULL        -- the time from which the row can be deleted
) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS otpost_recipient_ends ON otpost_recipient (ends);

-- The rows of the next three tables can be deleted from `ends` on.
CREATE TABLE IF NOT EXISTS otpost_window (
    tag    BLOB PRIMARY KEY CHECK (length(tag) = 8),
    slot   INTEGER NOT NULL,             -- the newest slot: its time divided by its length
    counts BLOB NOT NULL,                -- of 7 slots, the newest first, 2 bytes each (big-endian)
    ends   INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS otpost_window_ends ON otpost_window (ends);

CREATE TABLE IF NOT EXISTS otpost_bucket (
    tag       BLOB PRIMARY KEY CHECK (length(tag) = 8),
    full_at   INTEGER NOT NULL,          -- the time at which the bucket is full
    slot      INTEGER NOT NULL,          -- the newest slot of successes, of 4 hours
    successes BLOB NOT NULL,             -- of 7 slots, the newest first, 4 bytes each (big-endian)
    ends      INTEGER NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE IF NOT EXISTS otpost_marker (
    tag  BLOB PRIMARY KEY CHECK (length(tag) = 8),
    ends INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS otpost_marker_ends ON otpost_marker (ends);

CREATE TABLE IF NOT EXISTS otpost_outbox (
    id        BLOB PRIMARY KEY CHECK (length(id) = 25), -- the whole id of the challenge
    queue     BLOB NOT NULL CHECK (length(queue) = 8),
    intent    BLOB NOT NULL,             -- encrypted
    due       INTEGER NOT NULL,
    ends      INTEGER NOT NULL,          -- the time at which the intent is dropped
    claims    INTEGER NOT NULL,          -- since the last one that was finished
    is_unsure INTEGER NOT NULL,          -- 1 if the message may have been sent, or 0
    token     INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS otpost_outbox_due ON otpost_outbox (queue, due);

-- The messages to which delivery reports are matched, and the requests that were received. A row can
-- be deleted from `ends` on.
CREATE TABLE IF NOT EXISTS otpost_report (
    name     BLOB PRIMARY KEY CHECK (length(name) = 16),
    kind     INTEGER NOT NULL,           -- 1 message, 2 another name of one, 3 early report, 4 request
    first    BLOB,                       -- the name of the message with this other name
    note     TEXT,                       -- of the message, under each of its names
    sent     INTEGER,                    -- when the message was recorded
    status   INTEGER NOT NULL,           -- a bit, or 0 without reports
    replaces INTEGER NOT NULL,           -- the bits of the statuses that it replaces
    detail   BLOB NOT NULL,
    ends     INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS otpost_report_ends ON otpost_report (ends);
CREATE INDEX IF NOT EXISTS otpost_report_early ON otpost_report (ends) WHERE kind = 3;
