-- The tables of otpost. Times are milliseconds since 1970.
CREATE TABLE IF NOT EXISTS otpost_challenge (
    id       BLOB PRIMARY KEY CHECK (length(id) = 24), -- the recipient's tag and the random part
    mac      BLOB NOT NULL,
    salt     BLOB NOT NULL,
    context  BLOB NOT NULL,
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
    end1         INTEGER NOT NULL,
    sent1        INTEGER NOT NULL,
    end2         INTEGER NOT NULL,
    sent2        INTEGER NOT NULL,
    failures     INTEGER NOT NULL,
    failures_end INTEGER NOT NULL,
    locks        INTEGER NOT NULL,
    locked_until INTEGER NOT NULL,
    ends         INTEGER NOT NULL        -- the time from which the row can be deleted
) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS otpost_recipient_ends ON otpost_recipient (ends);

CREATE TABLE IF NOT EXISTS otpost_counter (
    tag       BLOB PRIMARY KEY CHECK (length(tag) = 8),
    ends      INTEGER NOT NULL,
    sent      INTEGER NOT NULL,
    succeeded INTEGER NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE IF NOT EXISTS otpost_outbox (
    id     BLOB PRIMARY KEY CHECK (length(id) = 25), -- the whole id of the challenge
    queue  BLOB NOT NULL CHECK (length(queue) = 8),
    intent BLOB NOT NULL,                            -- encrypted
    due    INTEGER NOT NULL,
    claims INTEGER NOT NULL,                         -- since the message was last known not to be sent
    token  INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS otpost_outbox_due ON otpost_outbox (queue, due);
