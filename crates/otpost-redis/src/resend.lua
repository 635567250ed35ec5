-- KEYS: challenge, recipient. ARGV: least left, binding, salt or '', mac or '', cooldown, longest,
-- most1, span1, most2, span2.
local at = now()
local of, broken = challenge(KEYS[1], at)
if broken then return {0} end
if not of then return {10} end
if of[7] > 0 then return {10 + of[7]} end
if of[5] <= at + tonumber(ARGV[1]) then return {10} end
if of[8] ~= ARGV[2] then return {5} end
local who = recipient(KEYS[2])
if not who then return {0} end
local answer, wait = permit(who, at, 5)
if answer ~= 1 then return {answer, wait} end
keep(KEYS[2], who, at)
if ARGV[3] ~= '' then
  of[1], of[2] = ARGV[4], ARGV[3]
  put(KEYS[1], of, at)
end
return {1, of[2], of[5] - at, wait}
