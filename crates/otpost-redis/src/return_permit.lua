-- KEYS: challenge, recipient. ARGV: 1 to revoke the challenge, or 0.
local state, expires, left, nonce = challenge(KEYS[1])
if not state and expires then return {0} end
if state ~= 0 then return {2} end
local next, window_end, sent, failures, failures_end, locks, locked_until = recipient(KEYS[2])
if not next then return {0} end
if window_end > at then sent = math.max(sent - 1, 0) end
keep(KEYS[2], 0, window_end, sent, failures, failures_end, locks, locked_until)
if ARGV[1] == '1' then put(KEYS[1], 3, expires, left, nonce) end
return {1}
