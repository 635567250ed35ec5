-- Runs between open.lua and opened.lua. After the KEYS of open.lua: queue, intent. After its ARGV:
-- member, the intent from its queue on.
if answer == 1 then enqueue(KEYS[3], KEYS[4], ARGV[4], ARGV[5], tonumber(lifetime)) end
