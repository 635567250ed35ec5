-- KEYS: challenge, recipient. ARGV: least left, binding, mac and salt or '', and the rule of
-- messages.
local state, expires, left, nonce, value = challenge(KEYS[1])
if not state then return {expires and 0 or 10} end
if state > 0 then return {10 + state} end
if expires <= at + tonumber(ARGV[1]) then return {10} end
if string.sub(value, 52, 59) ~= ARGV[2] then return {5} end
local next, window_end, sent, failures, failures_end, locks, locked_until = recipient(KEYS[2])
if not next then return {0} end
local answer, wait, new_next, new_end, new_sent =
  permit(ARGV[4], next, window_end, sent, locked_until)
if answer ~= 1 then return {answer, wait} end
keep(KEYS[2], new_next, new_end, new_sent, failures, failures_end, locks, locked_until)
local salt = string.sub(value, 36, 51)
if ARGV[3] ~= '' then
  salt = string.sub(ARGV[3], 17, 32)
  -- The other parts stay: a rotation must not give an attacker new attempts.
  call('SETRANGE', KEYS[1], '19', ARGV[3])
end
return {1, salt, expires - at, wait}
