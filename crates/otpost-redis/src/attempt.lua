-- KEYS: challenge, recipient. ARGV: guess, nonce or '', and the rule: failures, lock, longest lock,
-- memory.
local state, expires, left, nonce, value = challenge(KEYS[1])
if not state then return {expires and 0 or 10} end
-- The checks have the order of `ChallengeState::attempt` in otpost.
local named = ARGV[2] ~= ''
local repeated = named and ARGV[2] == nonce
if repeated then
  if state == 1 then return {20, 1} end
  if state == 2 then return {21, 0} end
end
if state > 0 then return {10 + state} end
if repeated then return {21, left} end
local next, window_end, sent, failures, failures_end, locks, locked_until = recipient(KEYS[2])
if not next then return {0} end
if locked_until > at then return {22, locked_until - at} end
-- Count before comparing, as in every store: two guesses racing for the last attempt must not both
-- get one.
left = math.max(left - 1, 0)
nonce = named and ARGV[2] or string.rep('\0', 8)
-- This comparison may take variable time: the guess is a MAC, so a caller cannot choose its bytes.
if string.sub(value, 20, 35) == ARGV[1] then
  -- Keep it for a minute at most, in which a repeated attempt gets the same answer.
  expires = math.min(expires, at + 60000)
  put(KEYS[1], 1, expires, left, nonce)
  call('PEXPIRE', KEYS[1], expires - at)
  keep(KEYS[2], next, 0, 0, 0, 0, 0, 0)
  return {20, 0}
end
put(KEYS[1], left == 0 and 2 or 0, expires, left, nonce)
local most, lock, longest, memory = struct.unpack('>I2I8I8I8', ARGV[3])
if failures_end <= at then failures, locks = 0, 0 end
failures = math.min(failures + 1, 65535)
failures_end = at + memory
if failures >= most then
  locked_until = at + doubled(lock, locks, longest)
  -- Restart the count: after the lock, the next wrong guess must not lock again at once.
  failures = 0
  locks = math.min(locks + 1, 255)
end
keep(KEYS[2], next, window_end, sent, failures, failures_end, locks, locked_until)
return {21, left}
