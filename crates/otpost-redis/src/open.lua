-- KEYS: challenge, recipient. ARGV: mac, salt, context, binding, attempts, lifetime, cooldown,
-- longest, most1, span1, most2, span2.
local at = now()
local of = recipient(KEYS[2])
-- An id that exists is an error. Writing it again would replace the code and the count of attempts.
if not of or redis.call('EXISTS', KEYS[1]) == 1 then return {0} end
local answer, wait = permit(of, at, 7)
if answer == 1 then
  keep(KEYS[2], of, at)
  local none = string.rep('\0', 8)
  local ends, left = at + tonumber(ARGV[6]), tonumber(ARGV[5])
  put(KEYS[1], {ARGV[1], ARGV[2], ARGV[3], none, ends, left, 0, ARGV[4]}, at)
end
