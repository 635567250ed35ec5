-- Takes the locks of limits until the end of the transaction, in a fixed order, so that two
-- messages with the same limits never wait for each other. Advisory locks exist for a limit that
-- has no row yet.
CREATE OR REPLACE FUNCTION otpost_limits_alone(p_tags bytea[]) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_key integer;
    is_alone boolean;
BEGIN
    FOR v_key IN SELECT DISTINCT (get_byte(t, 0) << 24) | (get_byte(t, 1) << 16)
        | (get_byte(t, 2) << 8) | get_byte(t, 3) FROM unnest(p_tags) AS t ORDER BY 1
    LOOP
        is_alone := pg_advisory_xact_lock(1869902197, v_key) IS NULL;
    END LOOP;
    RETURN true;
END $$;

-- Returns the time at which the messages or successes of a slot no longer count.
CREATE OR REPLACE FUNCTION otpost_slot_end(p_slot bigint, p_age integer, p_length bigint)
RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    -- numeric, because a slot that was counted in a shorter length is a large number.
    RETURN least((greatest(p_slot - p_age, 0) + 7)::numeric * p_length, 9223372036854775807);
END $$;

-- Returns the time at which nothing of seven slots counts any more, or 0 if they are empty.
CREATE OR REPLACE FUNCTION otpost_slots_end(p_slot bigint, p_counts bigint[], p_length bigint)
RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    FOR i IN 1 .. 7 LOOP
        IF p_counts[i] > 0 THEN
            RETURN otpost_slot_end(p_slot, i - 1, p_length);
        END IF;
    END LOOP;
    RETURN 0;
END $$;

-- Returns seven slots after so many steps: the oldest ones end, and the new ones are empty.
CREATE OR REPLACE FUNCTION otpost_steps(p_counts bigint[], p_steps bigint)
RETURNS bigint[] LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    -- A clock that steps back moves nothing: the counts must last for as long as before.
    IF p_steps <= 0 THEN
        RETURN p_counts;
    END IF;
    RETURN (array_fill(0::bigint, ARRAY[least(p_steps, 7)::integer]) || p_counts)[1:7];
END $$;

-- Returns the length of a slot of a window.
CREATE OR REPLACE FUNCTION otpost_length(p_span bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN greatest((p_span + 5) / 6, 1);
END $$;

-- Checks seven slots that were read, and fails if no function here can have written them.
CREATE OR REPLACE FUNCTION otpost_check(p_slot bigint, p_counts bigint[], p_most bigint)
RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF (
        p_slot BETWEEN 0 AND 9007199254740992 AND array_dims(p_counts) = '[1:7]'
        AND 0 <= ALL (p_counts) AND p_most >= ALL (p_counts)
    ) IS NOT TRUE THEN
        RAISE data_corrupted;
    END IF;
    RETURN true;
END $$;

-- Returns the window of a tag at this time, or an empty one if it is new.
CREATE OR REPLACE FUNCTION otpost_read_window(p_tag bytea, p_span bigint, p_at bigint)
RETURNS otpost_window LANGUAGE plpgsql AS $$
DECLARE
    w otpost_window;
    v_slot bigint := p_at / otpost_length(p_span);
    is_valid boolean;
BEGIN
    SELECT * INTO w FROM otpost_window AS o WHERE o.tag = p_tag AND o.ends > p_at;
    IF NOT FOUND THEN
        w := ROW(p_tag, v_slot, array_fill(0::bigint, ARRAY[7]), 0);
        RETURN w;
    END IF;
    is_valid := otpost_check(w.slot, w.counts, 65535);
    w.counts := otpost_steps(w.counts, v_slot - w.slot);
    w.slot := greatest(w.slot, v_slot);
    RETURN w;
END $$;

-- Writes a window, or deletes it if it no longer matters.
CREATE OR REPLACE FUNCTION otpost_write_window(w otpost_window, p_span bigint, p_at bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    w.ends := otpost_slots_end(w.slot, w.counts, otpost_length(p_span));
    IF w.ends <= p_at THEN
        DELETE FROM otpost_window WHERE tag = w.tag;
    ELSE
        INSERT INTO otpost_window SELECT w.* ON CONFLICT (tag) DO UPDATE
            SET slot = w.slot, counts = w.counts, ends = w.ends;
    END IF;
    RETURN true;
END $$;

-- Counts a message in a window. `counted` is the number of messages that count then, or NULL if the
-- window is full. `wait` is then the time until the next message is allowed.
CREATE OR REPLACE FUNCTION otpost_take_window(
    p_tag bytea, p_most bigint, p_span bigint, p_at bigint,
    OUT w otpost_window, OUT counted integer, OUT wait bigint
) LANGUAGE plpgsql AS $$
DECLARE
    c bigint[];
    v_left bigint;
BEGIN
    w := otpost_read_window(p_tag, p_span, p_at);
    c := w.counts;
    v_left := least(c[1] + c[2] + c[3] + c[4] + c[5] + c[6] + c[7], 65535);
    IF v_left < p_most THEN
        counted := v_left + 1;
        c[1] := c[1] + 1;
        w.counts := c;
        RETURN;
    END IF;
    -- The oldest slots end first.
    FOR i IN REVERSE 7 .. 1 LOOP
        v_left := v_left - c[i];
        IF c[i] > 0 AND v_left < p_most THEN
            wait := greatest(otpost_slot_end(w.slot, i - 1, otpost_length(p_span)) - p_at, 0);
            RETURN;
        END IF;
    END LOOP;
    wait := p_span;
END $$;

-- Gives back one message of a window, the newest one that counts, or all of them.
CREATE OR REPLACE FUNCTION otpost_give_window(p_tag bytea, p_span bigint, p_kind integer, p_at bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    w otpost_window := otpost_read_window(p_tag, p_span, p_at);
BEGIN
    FOR i IN 1 .. 7 LOOP
        IF p_kind = 0 THEN
            w.counts[i] := 0;
        ELSIF w.counts[i] > 0 THEN
            w.counts[i] := w.counts[i] - 1;
            EXIT;
        END IF;
    END LOOP;
    RETURN otpost_write_window(w, p_span, p_at);
END $$;

-- Returns the bucket of a tag, or a full one if it is new.
CREATE OR REPLACE FUNCTION otpost_read_bucket(p_tag bytea, p_at bigint)
RETURNS otpost_bucket LANGUAGE plpgsql AS $$
DECLARE
    b otpost_bucket;
    is_valid boolean;
BEGIN
    SELECT * INTO b FROM otpost_bucket AS o WHERE o.tag = p_tag AND o.ends > p_at;
    IF NOT FOUND THEN
        b := ROW(p_tag, 0, 0, array_fill(0::bigint, ARRAY[7]), 0);
        RETURN b;
    END IF;
    is_valid := otpost_check(b.slot, b.successes, 4294967295);
    IF b.full_at NOT BETWEEN 0 AND 9007199254740992 THEN
        RAISE data_corrupted;
    END IF;
    RETURN b;
END $$;

-- Writes a bucket, or deletes it if it no longer matters.
CREATE OR REPLACE FUNCTION otpost_write_bucket(b otpost_bucket, p_at bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    b.ends := greatest(b.full_at, otpost_slots_end(b.slot, b.successes, 14400000));
    IF b.ends <= p_at THEN
        DELETE FROM otpost_bucket WHERE tag = b.tag;
    ELSE
        INSERT INTO otpost_bucket SELECT b.* ON CONFLICT (tag) DO UPDATE
            SET full_at = b.full_at, slot = b.slot, successes = b.successes, ends = b.ends;
    END IF;
    RETURN true;
END $$;

-- Returns the time in which one place of a bucket is refilled, or NULL if there are no places. With
-- `p_grows`, half of the average hourly successes of the last day add to the capacity.
CREATE OR REPLACE FUNCTION otpost_cost(
    b otpost_bucket, p_capacity bigint, p_refill bigint, p_grows boolean, p_at bigint
) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    s bigint[];
    v_capacity bigint := p_capacity;
BEGIN
    IF p_grows THEN
        s := otpost_steps(b.successes, p_at / 14400000 - b.slot);
        v_capacity := p_capacity + (s[1] + s[2] + s[3] + s[4] + s[5] + s[6] + s[7]) / 48;
    END IF;
    IF v_capacity = 0 THEN
        RETURN NULL;
    END IF;
    -- At least 1: a place that costs nothing would never be used up.
    RETURN greatest(p_refill / v_capacity, 1);
END $$;

-- Takes a place of a bucket. `wait` is NULL, or the time until the next place is free.
CREATE OR REPLACE FUNCTION otpost_take_bucket(
    p_tag bytea, p_capacity bigint, p_refill bigint, p_grows boolean, p_at bigint,
    OUT b otpost_bucket, OUT wait bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_cost bigint;
    v_over bigint;
BEGIN
    b := otpost_read_bucket(p_tag, p_at);
    v_cost := otpost_cost(b, p_capacity, p_refill, p_grows, p_at);
    IF v_cost IS NULL THEN
        wait := p_refill;
        RETURN;
    END IF;
    b.full_at := greatest(b.full_at, p_at) + v_cost;
    v_over := b.full_at - p_at - p_refill;
    IF v_over > 0 THEN
        wait := v_over;
    END IF;
END $$;

-- Fills a bucket, or gives back one place. A success of a growing bucket gives back two and counts.
CREATE OR REPLACE FUNCTION otpost_give_bucket(
    p_tag bytea, p_capacity bigint, p_refill bigint, p_grows boolean, p_kind integer, p_at bigint
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    b otpost_bucket := otpost_read_bucket(p_tag, p_at);
    v_cost bigint := coalesce(otpost_cost(b, p_capacity, p_refill, p_grows, p_at), 0);
    v_slot bigint := p_at / 14400000;
BEGIN
    IF p_kind = 0 THEN
        b.full_at := 0;
    ELSIF p_kind = 2 AND p_grows THEN
        b.full_at := greatest(b.full_at - 2 * v_cost, 0);
        b.successes := otpost_steps(b.successes, v_slot - b.slot);
        b.successes[1] := least(b.successes[1] + 1, 4294967295);
        b.slot := greatest(b.slot, v_slot);
    ELSE
        b.full_at := greatest(b.full_at - v_cost, 0);
    END IF;
    RETURN otpost_write_bucket(b, p_at);
END $$;

-- Takes a place for a message under each limit, and looks up the markers. The kinds of limits are 0
-- (window), 1 (bucket) and 2 (growing bucket). Returns 1 and the counts of the windows, or 2, the
-- place of the limit that refuses, counted from 1, and the time until it allows the next message.
-- Only the limits before it that are to be kept are then written.
CREATE OR REPLACE FUNCTION otpost_reserve(
    p_tags bytea[], p_kinds integer[], p_mosts bigint[], p_spans bigint[], p_kept boolean[],
    p_markers bytea[],
    OUT what integer, OUT place integer, OUT wait bigint, OUT is_known boolean, OUT counts integer[]
) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    is_alone boolean := otpost_limits_alone(p_tags);
    at bigint := otpost_now();
    windows otpost_window[];
    buckets otpost_bucket[];
    taken record;
    v_last integer := cardinality(p_tags);
    is_done boolean;
BEGIN
    what := 1; counts := '{}';
    FOR i IN 1 .. v_last LOOP
        IF p_kinds[i] = 0 THEN
            taken := otpost_take_window(p_tags[i], p_mosts[i], p_spans[i], at);
            windows[i] := taken.w; counts[i] := taken.counted;
        ELSE
            taken := otpost_take_bucket(p_tags[i], p_mosts[i], p_spans[i], p_kinds[i] = 2, at);
            buckets[i] := taken.b; counts[i] := 0;
        END IF;
        IF taken.wait IS NOT NULL THEN
            what := 2; place := i; wait := taken.wait; counts := NULL; v_last := i - 1;
            EXIT;
        END IF;
    END LOOP;
    FOR i IN 1 .. v_last LOOP
        CONTINUE WHEN what = 2 AND NOT p_kept[i];
        IF p_kinds[i] = 0 THEN
            is_done := otpost_write_window(windows[i], p_spans[i], at);
        ELSE
            is_done := otpost_write_bucket(buckets[i], at);
        END IF;
    END LOOP;
    is_known := EXISTS (SELECT FROM otpost_marker WHERE tag = ANY (p_markers) AND ends > at);
END $$;

-- Gives back what `p_gives` says under each limit: 0 (all), 1 (not sent) or 2 (success). Sets
-- markers for these times, or removes them for 0.
CREATE OR REPLACE FUNCTION otpost_settle(
    p_tags bytea[], p_kinds integer[], p_mosts bigint[], p_spans bigint[], p_gives integer[],
    p_markers bytea[], p_times bigint[]
) RETURNS boolean LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    -- The markers too, so that two settlements with the same ones do not wait for each other.
    is_alone boolean := otpost_limits_alone(p_tags || p_markers);
    at bigint := otpost_now();
    is_done boolean;
BEGIN
    FOR i IN 1 .. cardinality(p_tags) LOOP
        IF p_kinds[i] = 0 THEN
            is_done := otpost_give_window(p_tags[i], p_spans[i], p_gives[i], at);
        ELSE
            is_done := otpost_give_bucket(
                p_tags[i], p_mosts[i], p_spans[i], p_kinds[i] = 2, p_gives[i], at
            );
        END IF;
    END LOOP;
    FOR i IN 1 .. cardinality(p_markers) LOOP
        IF p_times[i] = 0 THEN
            DELETE FROM otpost_marker WHERE tag = p_markers[i];
        ELSE
            INSERT INTO otpost_marker VALUES (p_markers[i], at + p_times[i])
                ON CONFLICT (tag) DO UPDATE SET ends = excluded.ends;
        END IF;
    END LOOP;
    RETURN true;
END $$;

