-- KEYS: queue, intent. ARGV: member, the intent from its queue on, lifetime.
-- Returns 1 and the message of the intent that this one replaces, if it is known not to be sent.
local older = enqueue(KEYS[1], KEYS[2], ARGV[1], ARGV[2], tonumber(ARGV[3]))
if older then return {1, 1, string.sub(older, 20)} end
return {1, 0}
