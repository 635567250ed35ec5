-- KEYS: challenge, recipient. ARGV: guess, nonce or '', failures, lock, longest lock, memory.
local at = now()
local of, broken = challenge(KEYS[1], at)
if broken then return {0} end
if not of then return {10} end
-- The checks have the order of `ChallengeState::attempt` in otpost.
local repeated = ARGV[2] ~= '' and ARGV[2] == of[4]
local state = of[7]
if state == 1 and repeated then return {20, of[3], 1} end
if state == 2 and repeated then return {21, 0} end
if state > 0 then return {10 + state} end
if repeated then return {21, of[6]} end
local who = recipient(KEYS[2])
if not who then return {0} end
if who[9] > at then return {22, who[9] - at} end
-- Count before comparing, as in every store: two guesses racing for the last attempt must not both
-- get one.
of[6] = of[6] - 1
of[4] = ARGV[2] ~= '' and ARGV[2] or string.rep('\0', 8)
-- This comparison may take variable time: the guess is a MAC, so a caller cannot choose its bytes.
if of[1] == ARGV[1] then
  of[7] = 1
  -- Keep it for a minute at most, in which a repeated attempt gets the same answer.
  of[5] = math.min(of[5], at + 60000)
  put(KEYS[1], of, at)
  keep(KEYS[2], {who[1], 0, 0, 0, 0, 0, 0, 0, 0}, at)
  return {20, of[3], 0}
end
if of[6] == 0 then of[7] = 2 end
put(KEYS[1], of, at)
if who[7] <= at then who[6], who[8] = 0, 0 end
who[6] = math.min(who[6] + 1, 65535)
who[7] = at + tonumber(ARGV[6])
if who[6] >= tonumber(ARGV[3]) then
  local lock, longest = tonumber(ARGV[4]), tonumber(ARGV[5])
  who[9] = at + math.min(lock * 2 ^ math.min(who[8], 40), math.max(longest, lock))
  -- Restart the count: after the lock, the next wrong guess must not lock again at once.
  who[6] = 0
  who[8] = math.min(who[8] + 1, 255)
end
keep(KEYS[2], who, at)
return {21, of[6]}
