-- Messages to which reports are matched. Each name of a message has a key of its own. Its value is
-- 'M', the time of the record (8 bytes), the state, and the note, under the first name;
-- 'L', the first name (22 characters), and the note under the other names; or 'E' and the state for
-- reports that came before the message was recorded. The state is the status, the bits of the
-- statuses that it replaces, the length of the detail (1 byte each), and the detail.

-- Returns the key and the parts of the message with this name, or nil: the time, the state, its
-- status, and the note. `start` is what the keys of names begin with.
local function message(key, start)
  local value, linked = call('GET', key), nil
  if value and string.sub(value, 1, 1) == 'L' then
    -- This key is not in KEYS. It has the same hash tag as those.
    key, linked = start .. string.sub(value, 2, 23), string.sub(value, 24)
    value = call('GET', key)
  end
  if not value or string.sub(value, 1, 1) ~= 'M' then return nil end
  local sent, status, _, length = struct.unpack('>I8I1I1I1', value, 2)
  local note = string.sub(value, 13 + length)
  -- The first name may be that of another message since then.
  if linked and linked ~= note then return nil end
  return key, sent, string.sub(value, 10, 12 + length), status, note
end

-- Returns true if a state replaces a stored one with this status.
local function follows(state, status)
  return status == 0 or bit.band(status, string.byte(state, 2)) ~= 0
end
