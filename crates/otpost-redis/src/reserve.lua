-- KEYS: limits, then markers. ARGV: the rules of the limits, 14 bytes each: 0 for a window, 1 for a
-- bucket or 2 for a bucket that grows; 1 if it is kept or 0; the maximum or capacity; the span or
-- the time of a refill.
--
-- A window is the number of its newest slot and seven counts. A bucket is the time at which it is
-- full. If there were successes, the number of their newest slot and seven counts follow.
--
-- Returns the number of markers that are set, and the count of each limit; or the index of the
-- limit that refuses, and the time to wait.
local unpack, pack, min, max = struct.unpack, struct.pack, math.min, math.max
local rules = ARGV[1]
local size = #rules / 14
-- Two tables with room for the usual number of limits, so that they do not grow.
local values, times, answer = {0, 0, 0, 0}, {0, 0, 0, 0}, {1, 0}
for i = 1, size do
  local kind, _, most, span = unpack('>I1I1I4I8', rules, i * 14 - 13)
  local value = call('GET', KEYS[i])
  -- The time until the value ends, or false if it ends as before.
  local left
  local wait
  if kind == 0 then
    local length = max(math.ceil(span / 6), 1)
    local slot, a, b, c, d, e, f, g = floor(at / length), 0, 0, 0, 0, 0, 0, 0
    if value then
      if #value ~= 22 then return {0} end
      slot, a, b, c, d, e, f, g = moved(slot, unpack('>I8I2I2I2I2I2I2I2', value))
    end
    local total = min(a + b + c + d + e + f + g, 65535)
    if total < most then
      value = pack('>I8I2I2I2I2I2I2I2', slot, a + 1, b, c, d, e, f, g)
      -- If the newest slot had a message before, the window ends as before.
      left = a == 0 and until_end(slot, 0, length)
      answer[i + 2] = total + 1
    else
      -- Wait until so many slots have ended that fewer than the maximum count. If the maximum is 0,
      -- waiting does not help.
      wait = span
      local counts = {a, b, c, d, e, f, g}
      for age = 6, 0, -1 do
        total = max(total - counts[age + 1], 0)
        if counts[age + 1] > 0 and total < most then
          wait = max(until_end(slot, age, length), 0)
          break
        end
      end
    end
  else
    local full, last = at, 0
    if value then
      if #value == 44 then
        full = max(at, (unpack('>I8', value)))
        local slot, a, b, c, d, e, f, g = moved(
          floor(at / 14400000), unpack('>I8I4I4I4I4I4I4I4', value, 9))
        last = until_end(slot, newest(a, b, c, d, e, f, g), 14400000)
        if kind == 2 then most = most + floor((a + b + c + d + e + f + g) / 48) end
      elseif #value == 8 then
        full = max(at, (unpack('>I8', value)))
      else
        return {0}
      end
    end
    if most == 0 then
      wait = span
    else
      full = full + max(floor(span / most), 1)
      if full - at > span then
        wait = full - at - span
      else
        -- If the successes count for longer, the bucket ends as before. They stay as they are.
        left = full - at > last and full - at
        local rest = left and value and string.sub(value, 9) or ''
        value = pack('>I8', full) .. rest
        answer[i + 2] = 0
      end
    end
  end
  if wait then
    answer, size = {2, i - 1, wait}, i - 1
    break
  end
  values[i], times[i] = value, left
end
-- Write only when it is known what stays. So a refused message leaves no record behind.
local granted = answer[1] == 1
for i = 1, size do
  if granted or string.byte(rules, i * 14 - 12) == 1 then
    if times[i] then
      call('SET', KEYS[i], values[i], 'PX', times[i])
    else
      call('SETRANGE', KEYS[i], 0, values[i])
    end
  end
end
if granted then
  for i = size + 1, #KEYS do answer[2] = answer[2] + call('EXISTS', KEYS[i]) end
end
return answer
