-- KEYS: challenge, recipient. ARGV: the challenge from its number of attempts on, lifetime, and the
-- rule of messages.
local next, window_end, sent, failures, failures_end, locks, locked_until = recipient(KEYS[2])
if not next then return 0 end
local lifetime = ARGV[2]
local answer, wait, new_next, new_end, new_sent =
  permit(ARGV[3], next, window_end, sent, locked_until)
-- An id that exists is an error. Writing it again would replace the code and the count of attempts.
if answer == 1 and lifetime ~= '0' then
  local value = struct.pack('>I1I8', 0, at + lifetime) .. ARGV[1]
  if not call('SET', KEYS[1], value, 'NX', 'PX', lifetime) then return 0 end
elseif call('EXISTS', KEYS[1]) == 1 then
  return 0
end
if answer == 1 then
  keep(KEYS[2], new_next, new_end, new_sent, failures, failures_end, locks, locked_until)
end
