-- Stores an intent, due at once: claims, 1 if the message may have been sent or 0, token; and from
-- the 11th byte the tag of its queue, the number of the pepper's key, and the message. Returns the
-- intent that it replaces, if it was neither claimed nor may have been sent.
local function enqueue(queue, key, member, rest, lifetime)
  -- An hour longer than the challenge, so that a worker learns that the message was not sent.
  local kept = lifetime + 3600000
  local token, unsent = 0, nil
  local older = call('GET', key)
  -- A claim of an intent that this one replaces must not finish this one.
  if older and #older >= 19 then
    local claims, unsure, last = struct.unpack('>I1I1I8', older)
    token = last + 1
    if claims == 0 and unsure == 0 then unsent = older end
  end
  call('SET', key, struct.pack('>I1I1I8', 0, 0, token) .. rest, 'PX', kept)
  call('ZADD', queue, at, member)
  -- The queue lasts as long as its last intent, which may be another one.
  if call('PTTL', queue) < kept then call('PEXPIRE', queue, kept) end
  return unsent
end
