-- KEYS: limits, then markers. ARGV: the rules of the limits, 14 bytes each: 0 for a window, 1 for a
-- bucket or 2 for a bucket that grows; 1 if it is kept or 0; the maximum or capacity; the span or
-- the time of a refill.
--
-- A window is the number of its newest slot and seven counts. A bucket is the time at which it is
-- full. If there were successes, the number of their newest slot and seven counts follow.
--
-- Returns the number of markers that are set, and the count of each window, except that counts of 1
-- at the end may be missing; or the index of the limit that refuses, and the time to wait.
local unpack, pack, format = struct.unpack, struct.pack, string.format
local min, max = math.min, math.max
local keys, rules = KEYS, ARGV[1]
local size = #rules / 14
-- Tables with room for the usual number of limits, so that they do not grow.
local values, times, answer = {0, 0, 0, 0}, {0, 0, 0, 0}
-- The value and the TTL of a window with its first message, and their span. Usually, a message is
-- the first one of all its windows, and windows of the same span share both.
local fresh_span, fresh_value, fresh_left
local windows, refused, wait = 0
for i = 1, size do
  local kind, _, most, span = unpack('>I1I1I4I8', rules, i * 14 - 13)
  local value = call('GET', keys[i])
  if kind == 0 then
    windows = windows + 1
    if not value and most > 0 then
      if span ~= fresh_span then
        local length = max(math.ceil(span / 6), 1)
        local slot = floor(at / length)
        fresh_span, fresh_left = span, format('%d', until_end(slot, 0, length))
        fresh_value = pack('>I8I2', slot, 1) .. '\0\0\0\0\0\0\0\0\0\0\0\0'
      end
      values[i], times[i] = fresh_value, fresh_left
      if answer then answer[windows + 2] = 1 end
    else
      local length = max(math.ceil(span / 6), 1)
      local slot, a, b, c, d, e, f, g = floor(at / length), 0, 0, 0, 0, 0, 0, 0
      if value then
        if #value ~= 22 then return 0 end
        slot, a, b, c, d, e, f, g = moved(slot, unpack('>I8I2I2I2I2I2I2I2', value))
      end
      local total = min(a + b + c + d + e + f + g, 65535)
      if total < most then
        values[i] = pack('>I8I2I2I2I2I2I2I2', slot, a + 1, b, c, d, e, f, g)
        -- If the newest slot had a message before, the window ends as before.
        times[i] = a == 0 and format('%d', until_end(slot, 0, length))
        if not answer then
          answer = {1, 0, 1, 1, 1, 1}
          for n = 7, windows + 1 do answer[n] = 1 end
        end
        answer[windows + 2] = total + 1
      else
        -- Wait until so many slots have ended that fewer than the maximum count. If the maximum is
        -- 0, waiting does not help.
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
    end
  else
    local full, last = at, 0
    if value then
      if #value == 44 then
        local ends, slot, a, b, c, d, e, f, g = unpack('>I8I8I4I4I4I4I4I4I4', value)
        full = max(at, ends)
        slot, a, b, c, d, e, f, g = moved(floor(at / 14400000), slot, a, b, c, d, e, f, g)
        last = until_end(slot, a > 0 and 0 or newest(b, c, d, e, f, g), 14400000)
        if kind == 2 then most = most + floor((a + b + c + d + e + f + g) / 48) end
      elseif #value == 8 then
        full = max(at, (unpack('>I8', value)))
      else
        return 0
      end
    end
    if most == 0 then
      wait = span
    else
      full = full + max(floor(span / most), 1)
      local left = full - at
      if left > span then
        wait = left - span
      elseif left > last then
        values[i] = pack('>I8', full) .. (value and string.sub(value, 9) or '')
        times[i] = format('%d', left)
      else
        -- The successes count for longer, so the bucket ends as before. They stay as they are.
        values[i], times[i] = pack('>I8', full), false
      end
    end
  end
  if wait then
    refused, size = i - 1, i - 1
    break
  end
end
-- Write only when it is known what stays. So a refused message leaves no record behind.
for i = 1, size do
  if not refused or string.byte(rules, i * 14 - 12) == 1 then
    if times[i] then
      call('SET', keys[i], values[i], 'PX', times[i])
    else
      call('SETRANGE', keys[i], '0', values[i])
    end
  end
end
if refused then return {2, refused, wait} end
local known = 0
for i = size + 1, #keys do known = known + call('EXISTS', keys[i]) end
if not answer then return -1 - known end
answer[2] = known
return answer
