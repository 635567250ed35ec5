-- KEYS: queue, intent. ARGV: member, token, and the time until the intent is due again, or '' if it
-- is done.
local at = now()
local intent = redis.call('GET', KEYS[2])
if not intent then return {2} end
if #intent < 9 then return {0} end
local _, token = struct.unpack('>I1I8', intent)
-- Not the latest claim: its lease has expired and another worker has the intent, or it is settled.
if token ~= tonumber(ARGV[2]) then return {2} end
if ARGV[3] == '' then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('DEL', KEYS[2])
else
  local left = math.max(redis.call('PTTL', KEYS[2]), 1)
  redis.call('SET', KEYS[2], struct.pack('>I1I8', 0, token + 1) .. string.sub(intent, 10), 'PX', left)
  redis.call('ZADD', KEYS[1], at + tonumber(ARGV[3]), ARGV[1])
  redis.call('PEXPIRE', KEYS[1], 900000)
end
return {1}
