-- Removes up to `p_most` expired challenges, and returns their number. If there are fewer, it also
-- removes so many expired rows of each other table. `is_done` is false if there may be more. By
-- rule 3 in schema.sql, the effect of a success on its recipient is written in the same transaction.
CREATE OR REPLACE FUNCTION otpost_sweep(
    p_most integer, OUT removed bigint, OUT is_done boolean
) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    at bigint := otpost_now();
    gone record;
    others integer;
BEGIN
    removed := 0;
    FOR gone IN DELETE FROM otpost_challenge WHERE id IN (
        SELECT id FROM otpost_challenge WHERE expires <= at
            ORDER BY expires LIMIT p_most FOR UPDATE SKIP LOCKED
    ) RETURNING id, state LOOP
        removed := removed + 1;
        -- Only a success may have an effect that is missing in the row of the recipient.
        CONTINUE WHEN gone.state <> 1;
        DELETE FROM otpost_recipient
            WHERE tag = substr(gone.id, 1, 8) AND last = gone.id AND next <= at;
        CONTINUE WHEN FOUND;
        UPDATE otpost_recipient SET
            last = NULL, window_end = 0, sent = 0, failures = 0, failures_end = 0, locks = 0,
            locked_until = 0
            WHERE tag = substr(gone.id, 1, 8) AND last = gone.id;
    END LOOP;
    is_done := removed < p_most;
    IF NOT is_done THEN
        RETURN;
    END IF;
    DELETE FROM otpost_recipient WHERE tag IN (
        SELECT tag FROM otpost_recipient
            WHERE greatest(kept, next, window_end, failures_end, locked_until) <= at
            LIMIT p_most FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS others = ROW_COUNT;
    is_done := is_done AND others < p_most;
    DELETE FROM otpost_window WHERE tag IN (
        SELECT tag FROM otpost_window
            WHERE ends <= at LIMIT p_most FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS others = ROW_COUNT;
    is_done := is_done AND others < p_most;
    DELETE FROM otpost_bucket WHERE tag IN (
        SELECT tag FROM otpost_bucket
            WHERE ends <= at LIMIT p_most FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS others = ROW_COUNT;
    is_done := is_done AND others < p_most;
    DELETE FROM otpost_marker WHERE tag IN (
        SELECT tag FROM otpost_marker
            WHERE ends <= at LIMIT p_most FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS others = ROW_COUNT;
    is_done := is_done AND others < p_most;
    DELETE FROM otpost_outbox WHERE id IN (
        SELECT id FROM otpost_outbox
            WHERE ends <= at LIMIT p_most FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS others = ROW_COUNT;
    is_done := is_done AND others < p_most;
    DELETE FROM otpost_report WHERE name IN (
        SELECT name FROM otpost_report
            WHERE ends <= at LIMIT p_most FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS others = ROW_COUNT;
    is_done := is_done AND others < p_most;
END $$;

-- Restore the search path. This must be the last statement of the schema.
SELECT set_config('search_path', current_setting('otpost.search_path'), false);
