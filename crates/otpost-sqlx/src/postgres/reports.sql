-- Waits until no other transaction works with one of these names. Locks of rows are not enough: two
-- transactions could both find no row of a name, and one of them record a message and the other one
-- an early report. In the order of the locks, so that no two transactions wait for each other.
CREATE OR REPLACE FUNCTION otpost_lock_names(p_names bytea[]) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    v_lock bigint;
BEGIN
    FOR v_lock IN
        SELECT DISTINCT ('x' || encode(substr(name, 1, 8), 'hex'))::bit(64)::bigint AS l
            FROM unnest(p_names) AS name ORDER BY l
    LOOP
        PERFORM pg_advisory_xact_lock(v_lock);
    END LOOP;
END $$;

-- Records a message under its names. `status` is not NULL if early reports change its state.
CREATE OR REPLACE FUNCTION otpost_record_message(
    p_names bytea[], p_note text, p_retention bigint,
    OUT status integer, OUT replaces integer, OUT detail bytea
) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    at bigint;
    m otpost_report;
    e otpost_report;
    is_changed boolean := false;
BEGIN
    PERFORM otpost_lock_names(p_names);
    at := otpost_now();
    -- The row of a message is locked as well: a report by another name changes it.
    SELECT * INTO m FROM otpost_report AS r
        WHERE r.name = p_names[1] AND r.kind = 1 AND r.note = p_note AND r.ends > at FOR UPDATE;
    IF NOT FOUND THEN
        m.sent := at; m.status := 0; m.replaces := 0; m.detail := '';
    END IF;
    FOR e IN
        SELECT r.* FROM unnest(p_names) WITH ORDINALITY AS n (name, place)
            JOIN otpost_report AS r ON r.name = n.name
            WHERE r.kind = 3 AND r.ends > at ORDER BY n.place
    LOOP
        IF m.status = 0 OR (m.status & e.replaces) <> 0 THEN
            m.status := e.status; m.replaces := e.replaces; m.detail := e.detail;
            is_changed := true;
        END IF;
    END LOOP;
    INSERT INTO otpost_report AS r
        (name, kind, first, note, sent, status, replaces, detail, ends)
        SELECT name, 2, p_names[1], p_note, NULL, 0, 0, '', at + p_retention
            FROM (SELECT DISTINCT unnest(p_names[2:]) AS name) AS others
            WHERE name <> p_names[1]
        UNION ALL
        SELECT p_names[1], 1, NULL, p_note, m.sent, m.status, m.replaces, m.detail,
            at + p_retention
        ON CONFLICT (name) DO UPDATE SET
            kind = excluded.kind, first = excluded.first, note = excluded.note,
            sent = excluded.sent, status = excluded.status, replaces = excluded.replaces,
            detail = excluded.detail, ends = excluded.ends;
    IF is_changed THEN
        status := m.status; replaces := m.replaces; detail := m.detail;
    END IF;
END $$;

-- Applies a report to the message with one of these names. `note` is not NULL if it changes the
-- state. Keeps the report if there is no such message.
CREATE OR REPLACE FUNCTION otpost_apply_report(
    p_names bytea[], p_status integer, p_replaces integer, p_detail bytea,
    p_early bigint, p_most bigint, OUT note text, OUT elapsed bigint
) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    at bigint;
    v_first bytea;
    v_note text;
    m otpost_report;
    v_name bytea;
BEGIN
    PERFORM otpost_lock_names(p_names);
    at := otpost_now();
    SELECT f.name, f.note INTO v_first, v_note
        FROM unnest(p_names) WITH ORDINALITY AS n (name, place)
        JOIN otpost_report AS r ON r.name = n.name AND r.kind IN (1, 2) AND r.ends > at
        JOIN otpost_report AS f ON f.name = coalesce(r.first, r.name) AND f.note = r.note
            AND f.kind = 1 AND f.ends > at
        ORDER BY n.place LIMIT 1;
    IF v_first IS NOT NULL THEN
        -- Another message may have taken the name in between.
        SELECT * INTO m FROM otpost_report AS r
            WHERE r.name = v_first AND r.kind = 1 AND r.note = v_note FOR UPDATE;
        IF FOUND AND (m.status = 0 OR (m.status & p_replaces) <> 0) THEN
            UPDATE otpost_report AS r SET
                status = p_status, replaces = p_replaces, detail = p_detail
                WHERE r.name = v_first;
            note := m.note; elapsed := greatest(at - m.sent, 0);
        END IF;
        RETURN;
    END IF;
    FOREACH v_name IN ARRAY p_names LOOP
        UPDATE otpost_report AS r SET
            status = p_status, replaces = p_replaces, detail = p_detail
            WHERE r.name = v_name AND r.kind = 3 AND r.ends > at AND (r.status & p_replaces) <> 0;
        CONTINUE WHEN FOUND;
        CONTINUE WHEN EXISTS (
            SELECT 1 FROM otpost_report AS r WHERE r.name = v_name AND r.kind = 3 AND r.ends > at);
        CONTINUE WHEN p_early <= 0;
        -- One transaction at a time counts and inserts. Otherwise each of several could find the
        -- last free place. An advisory lock is not enough: above READ COMMITTED, a transaction that
        -- waited for it would not see the new rows. After a conflict of a row, it is retried.
        INSERT INTO otpost_report AS r (name, kind, ends) VALUES ('', 5, at + p_early)
            ON CONFLICT (name) DO UPDATE SET status = 0;
        -- Counts no more rows than the limit.
        CONTINUE WHEN (SELECT count(*) FROM (
            SELECT 1 FROM otpost_report AS r WHERE r.kind = 3 AND r.ends > at LIMIT p_most
        ) AS kept) >= p_most;
        INSERT INTO otpost_report AS r (name, kind, status, replaces, detail, ends)
            VALUES (v_name, 3, p_status, p_replaces, p_detail, at + p_early)
            ON CONFLICT (name) DO UPDATE SET
                kind = 3, first = NULL, note = NULL, sent = NULL, status = excluded.status,
                replaces = excluded.replaces, detail = excluded.detail, ends = excluded.ends;
    END LOOP;
END $$;

-- Returns the state of the message with this name. All values are NULL if there is none.
CREATE OR REPLACE FUNCTION otpost_read_status(
    p_name bytea, OUT status integer, OUT replaces integer, OUT detail bytea
) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    at bigint := otpost_now();
BEGIN
    SELECT f.status, f.replaces, f.detail INTO status, replaces, detail FROM otpost_report AS r
        JOIN otpost_report AS f ON f.name = coalesce(r.first, r.name) AND f.note = r.note
        WHERE r.name = p_name AND r.kind IN (1, 2) AND r.ends > at AND f.kind = 1 AND f.ends > at;
END $$;

-- Records the key of a request. Returns true if it is new.
CREATE OR REPLACE FUNCTION otpost_record_replay(p_name bytea, p_lifetime bigint) RETURNS boolean
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    at bigint := otpost_now();
BEGIN
    INSERT INTO otpost_report AS r (name, kind, ends) VALUES (p_name, 4, at + p_lifetime)
        ON CONFLICT (name) DO UPDATE SET kind = 4, ends = excluded.ends WHERE r.ends <= at;
    RETURN FOUND;
END $$;

