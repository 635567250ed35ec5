-- A window and the successes of a bucket are counted in seven slots of time. `a` is the newest.

-- Moves the slots to the number of the current one, and returns the number and the slots.
local function moved(current, slot, a, b, c, d, e, f, g)
  -- A clock that steps back moves nothing: the messages must count for as long as before.
  if current <= slot then return slot, a, b, c, d, e, f, g end
  for _ = 1, math.min(current - slot, 7) do a, b, c, d, e, f, g = 0, a, b, c, d, e, f end
  return current, a, b, c, d, e, f, g
end

-- Returns the age of the newest slot that has a count, or 7, if the newest of all has none.
local function newest(b, c, d, e, f, g)
  return b > 0 and 1 or c > 0 and 2 or d > 0 and 3 or e > 0 and 4 or f > 0 and 5
    or g > 0 and 6 or 7
end

-- Returns the time until a slot no longer counts. A span of 2^51 ms is as long as for ever, and a
-- number that a reply can hold.
local function until_end(slot, age, length)
  return math.min((math.max(slot - age, 0) + 7) * length - at, 2251799813685248)
end
