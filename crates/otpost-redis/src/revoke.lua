-- KEYS: challenge.
local at = now()
local of, broken = challenge(KEYS[1], at)
if broken then return {0} end
if not of or of[7] > 0 then return {2} end
of[7] = 3
put(KEYS[1], of, at)
return {1}
