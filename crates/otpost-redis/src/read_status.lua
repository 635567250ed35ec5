-- KEYS: a name. ARGV: the start of the keys of names.
local key, _, state = message(KEYS[1], ARGV[1])
if key then return {1, state} end
return {2}
