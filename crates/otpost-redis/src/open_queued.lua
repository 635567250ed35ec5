-- Runs after open.lua. After its KEYS: queue, intent. After its ARGV: member, intent.
if answer == 1 then
  redis.call('SET', KEYS[4], struct.pack('>I1I8', 0, 0) .. ARGV[14], 'PX', tonumber(ARGV[6]))
  redis.call('ZADD', KEYS[3], at, ARGV[13])
  -- 15 minutes: longer than a policy lets a challenge last. An intent ends with its challenge.
  redis.call('PEXPIRE', KEYS[3], 900000)
end
return {answer, wait}
