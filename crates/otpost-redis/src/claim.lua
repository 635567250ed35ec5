-- KEYS: queue. ARGV: lease, least left, the start of the keys of challenges, the start of the keys
-- of intents, the part after the tag in both, the tag of the queue.
--
-- Takes the first intent that is due. Removes intents on the way that were claimed twice without a
-- result. The salt is '' if the message must not be sent.
while true do
  local member = call('ZRANGEBYSCORE', KEYS[1], '-inf', at, 'LIMIT', 0, 1)[1]
  if not member then return {2} end
  local tag, random = string.match(member, '^([^:]+):([^:]+)$')
  if not tag then return {0} end
  -- These keys are not in KEYS. In a cluster they are on this server because of `with_one_slot`.
  local rest = tag .. ARGV[5] .. random
  local key = ARGV[4] .. rest
  local state, expires, _, _, value = challenge(ARGV[3] .. rest)
  local intent = call('GET', key)
  local claims, unsure, token, queue = 2, 0, 0
  if intent and #intent >= 19 then
    claims, unsure, token, queue = struct.unpack('>I1I1I8c8', intent)
  end
  if queue and queue ~= ARGV[6] then
    -- It was queued again in another queue.
    call('ZREM', KEYS[1], member)
  elseif claims >= 2 then
    call('ZREM', KEYS[1], member)
    call('DEL', key)
  else
    local salt, left = '', 0
    if state == 0 and expires > at + tonumber(ARGV[2]) then
      salt, left = string.sub(value, 36, 51), expires - at
    end
    local repeated = (unsure > 0 or claims > 0) and 1 or 0
    -- This keeps the TTL of the intent, and the queue exists.
    call('SETRANGE', key, 0, struct.pack('>I1I1I8', claims + 1, unsure, token + 1))
    call('ZADD', KEYS[1], at + tonumber(ARGV[1]), member)
    return {
      1, member, string.byte(intent, 19), salt, left, string.sub(intent, 20), repeated, token + 1}
  end
end
