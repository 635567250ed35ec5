-- Takes a permit to send. Returns 1, the time until the next message, and the new next, window_end
-- and sent; or 2 (cooldown), 3 (quota) or 4 (locked) and the time to wait. The rule is 26 bytes:
-- cooldown, longest cooldown, most, span.
local function permit(rule, next, window_end, sent, locked_until)
  -- Check everything before a change: a refused message must not take a permit.
  if locked_until > at then return 4, locked_until - at end
  local cooldown, longest, most, span = struct.unpack('>I8I8I2I8', rule)
  if most == 0 then return 3, span end
  if sent >= most and window_end > at then return 3, window_end - at end
  if next > at then return 2, next - at end
  if window_end <= at then window_end, sent = at + span, 0 end
  -- The messages before this one in the window are the number of doublings.
  local wait = doubled(cooldown, sent, longest)
  return 1, wait, at + wait, window_end, math.min(sent + 1, 65535)
end
