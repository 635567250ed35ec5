-- Reads a recipient: next, window_end, sent, failures, failures_end, locks, locked_until. Returns
-- nil for invalid data.
local function recipient(key)
  local value = call('GET', key)
  if not value then return 0, 0, 0, 0, 0, 0, 0 end
  if #value ~= 37 then return nil end
  return struct.unpack('>I8I8I2I2I8I1I8', value)
end

-- Writes a recipient with a TTL until its last end, or deletes it if nothing of it matters any
-- more.
local function keep(key, next, window_end, sent, failures, failures_end, locks, locked_until)
  local left = math.max(next, window_end, failures_end, locked_until) - at
  if left <= 0 then
    call('DEL', key)
  else
    local value = struct.pack(
      '>I8I8I2I2I8I1I8', next, window_end, sent, failures, failures_end, locks, locked_until)
    -- The span is text, because Redis takes longer to convert a number to text than Lua does.
    call('SET', key, value, 'PX', string.format('%d', left))
  end
end
