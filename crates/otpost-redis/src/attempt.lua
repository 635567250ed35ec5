-- KEYS: challenge, recipient. ARGV: the guess, the rule (failures, lock, longest lock, memory), and
-- the nonce or nothing, in one value.
local state, expires, left, nonce, value = challenge(KEYS[1])
if not state then return expires and 0 or 10 end
-- The checks have the order of `ChallengeState::attempt` in otpost.
local argument = ARGV[1]
local name = string.sub(argument, 43)
local repeated = name ~= '' and name == nonce
if repeated then
  if state == 1 then return 23 end
  if state == 2 then return {21, 0} end
end
if state > 0 then return 10 + state end
if repeated then return {21, left} end
local next, window_end, sent, failures, failures_end, locks, locked_until = recipient(KEYS[2])
if not next then return 0 end
if locked_until > at then return {22, locked_until - at} end
-- Count before comparing, as in every store: two guesses racing for the last attempt must not both
-- get one.
left = math.max(left - 1, 0)
nonce = name ~= '' and name or '\0\0\0\0\0\0\0\0'
-- This comparison may take variable time: the guess is a MAC, so a caller cannot choose its bytes.
if string.sub(value, 20, 35) == string.sub(argument, 1, 16) then
  -- Keep it for a minute at most, in which a repeated attempt gets the same answer.
  local kept = math.min(expires - at, 60000)
  value = struct.pack('>I1I8I2c8', 1, at + kept, left, nonce) .. string.sub(value, 20)
  call('SET', KEYS[1], value, 'PX', kept == 60000 and '60000' or string.format('%d', kept))
  keep(KEYS[2], next, 0, 0, 0, 0, 0, 0)
  return 20
end
put(KEYS[1], left == 0 and 2 or 0, expires, left, nonce)
local most, lock, longest, memory = struct.unpack('>I2I8I8I8', argument, 17)
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
