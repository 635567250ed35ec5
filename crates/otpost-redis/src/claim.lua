-- KEYS: queue. ARGV: lease, least left, the start of the keys of challenges, the start of the keys
-- of intents, the part after the tag in both.
--
-- Takes the first intent that is due. Removes intents on the way whose challenge is no longer
-- pending or expires too soon, and those that were claimed twice without a result.
local at = now()
while true do
  local member = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', at, 'LIMIT', 0, 1)[1]
  if not member then return {2} end
  local tag, random = string.match(member, '^([^:]+):([^:]+):')
  if not tag then return {0} end
  -- These keys are not in KEYS. In a cluster they are on this server because of `with_one_slot`.
  local rest = tag .. ARGV[5] .. random
  local of = challenge(ARGV[3] .. rest, at)
  local intent = redis.call('GET', ARGV[4] .. rest)
  local claims, token = 2, 0
  if of and of[7] == 0 and of[5] > at + tonumber(ARGV[2]) and intent and #intent >= 9 then
    claims, token = struct.unpack('>I1I8', intent)
  end
  if claims >= 2 then
    redis.call('ZREM', KEYS[1], member)
    redis.call('DEL', ARGV[4] .. rest)
  else
    local words = string.sub(intent, 10)
    local left = of[5] - at
    redis.call('SET', ARGV[4] .. rest, struct.pack('>I1I8', claims + 1, token + 1) .. words, 'PX', left)
    redis.call('ZADD', KEYS[1], at + tonumber(ARGV[1]), member)
    redis.call('PEXPIRE', KEYS[1], 900000)
    return {1, member, of[2], left, words, claims, token + 1}
  end
end
