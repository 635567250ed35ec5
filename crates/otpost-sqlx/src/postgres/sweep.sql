-- Removes up to `p_most` expired challenges, and returns their number. If there are fewer, it also
-- removes recipients, counters and intents. By rule 3 in schema.sql, the effect of a success on its
-- recipient is written in the same transaction.
CREATE OR REPLACE FUNCTION otpost_sweep(p_most integer) RETURNS bigint LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    at bigint := otpost_now();
    removed bigint := 0;
    gone record;
BEGIN
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
            last = NULL, end1 = 0, sent1 = 0, end2 = 0, sent2 = 0,
            failures = 0, failures_end = 0, locks = 0, locked_until = 0
            WHERE tag = substr(gone.id, 1, 8) AND last = gone.id;
    END LOOP;
    IF removed < p_most THEN
        DELETE FROM otpost_recipient WHERE tag IN (
            SELECT tag FROM otpost_recipient
                WHERE greatest(kept, next, end1, end2, failures_end, locked_until) <= at
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

-- Restore the search path. This must be the last statement of the schema.
SELECT set_config('search_path', current_setting('otpost.search_path'), false);
