-- KEYS: challenge, recipient. ARGV: the challenge from its number of attempts on, lifetime,
-- cooldown, longest, most, span.
local next, window_end, sent, failures, failures_end, locks, locked_until = recipient(KEYS[2])
-- An id that exists is an error. Writing it again would replace the code and the count of attempts.
if not next or call('EXISTS', KEYS[1]) == 1 then return {0} end
local answer, wait, new_next, new_end, new_sent = permit(3, next, window_end, sent, locked_until)
if answer == 1 then
  keep(KEYS[2], new_next, new_end, new_sent, failures, failures_end, locks, locked_until)
  local lifetime = tonumber(ARGV[2])
  if lifetime > 0 then
    call('SET', KEYS[1], struct.pack('>I1I8', 0, at + lifetime) .. ARGV[1], 'PX', lifetime)
  end
end
