-- KEYS: limits, then markers. ARGV: what is given back under the limits, 14 bytes each as in
-- reserve.lua, but with the reason in the second one: 0 all, 1 not sent, 2 success; and the time of
-- each marker.
local all, min, max = unpack, math.min, math.max
local unpack, pack, byte, sub = struct.unpack, struct.pack, string.byte, string.sub
local keys, gives = KEYS, ARGV[1]
local size = #gives / 14
-- The keys that are deleted, in one call.
local gone, count = {0, 0, 0, 0}, 0
for i = 1, size do
  local kind, reason = byte(gives, i * 14 - 13, i * 14 - 12)
  local key = keys[i]
  local value = call('GET', key)
  -- A success of a bucket that grows gives back one more, and is counted.
  local grows = kind == 2 and reason == 2
  -- A value that is given back to does not end later than before, so it keeps its TTL, except that
  -- of the first success in a slot.
  local left
  local kept
  if kind == 0 then
    if value and #value ~= 22 then return 0 end
    -- Most windows have a single message, in the newest slot. Nothing is left of them.
    if value and reason > 0 and sub(value, 9) ~= '\0\1\0\0\0\0\0\0\0\0\0\0\0\0' then
      local length = max(math.ceil(unpack('>I8', gives, i * 14 - 7) / 6), 1)
      local slot, a, b, c, d, e, f, g = moved(
        floor(at / length), unpack('>I8I2I2I2I2I2I2I2', value))
      -- The newest message that counts.
      if a > 0 then a = a - 1 elseif b > 0 then b = b - 1 elseif c > 0 then c = c - 1
      elseif d > 0 then d = d - 1 elseif e > 0 then e = e - 1 elseif f > 0 then f = f - 1
      elseif g > 0 then g = g - 1 end
      if a + b + c + d + e + f + g > 0 then
        kept = pack('>I8I2I2I2I2I2I2I2', slot, a, b, c, d, e, f, g)
      end
    end
  elseif value or grows then
    local most, span = unpack('>I4I8', gives, i * 14 - 11)
    local current = floor(at / 14400000)
    local full, slot, a, b, c, d, e, f, g = 0, current, 0, 0, 0, 0, 0, 0, 0
    -- False if only the parts up to the newest count change.
    local whole = true
    if value then
      if #value == 44 then
        full, slot, a, b, c, d, e, f, g = unpack('>I8I8I4I4I4I4I4I4I4', value)
        whole = current > slot
        if whole then slot, a, b, c, d, e, f, g = moved(current, slot, a, b, c, d, e, f, g) end
      elseif #value == 8 then
        full = unpack('>I8', value)
      else
        return 0
      end
    end
    local successes = a + b + c + d + e + f + g
    if reason == 0 then
      full = 0
    else
      if kind == 2 then most = most + floor(successes / 48) end
      local cost = most > 0 and max(floor(span / most), 1) or 0
      full = max(full - (grows and 2 * cost or cost), 0)
    end
    if grows then
      if a == 0 then
        left = string.format('%d', max(full - at, until_end(slot, 0, 14400000)))
      end
      a, successes = min(a + 1, 4294967295), successes + 1
    end
    if successes > 0 then
      if left or whole then
        kept = pack('>I8I8I4I4I4I4I4I4I4', full, slot, a, b, c, d, e, f, g)
      else
        kept = pack('>I8I8I4', full, slot, a)
      end
    elseif full > at then
      -- An older value may be longer, with successes that no longer count. They stay.
      kept = pack('>I8', full)
    end
  end
  if left then
    call('SET', key, kept, 'PX', left)
  elseif kept then
    call('SETRANGE', key, '0', kept)
  elseif value then
    count = count + 1
    gone[count] = key
  end
end
for i = 1, #ARGV - 1 do
  local span = ARGV[i + 1]
  if span ~= '0' then
    call('SET', keys[size + i], '', 'PX', span)
  else
    call('DEL', keys[size + i])
  end
end
if count > 0 then call('DEL', all(gone, 1, count)) end
return 1
