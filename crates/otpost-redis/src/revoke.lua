-- KEYS: challenge.
local state, expires, left, nonce = challenge(KEYS[1])
if not state and expires then return {0} end
if state ~= 0 then return {2} end
put(KEYS[1], 3, expires, left, nonce)
return {1}
