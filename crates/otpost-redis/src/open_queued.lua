-- Runs after open.lua. After its KEYS: queue, intent. After its ARGV: member, the intent from its
-- queue on.
if answer == 1 then enqueue(KEYS[3], KEYS[4], ARGV[7], ARGV[8], tonumber(ARGV[2])) end
return {answer, wait}
