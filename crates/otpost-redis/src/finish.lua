-- KEYS: queue, intent. ARGV: member, token, the time until the intent is due again or '' if it is
-- done, 1 if the message may have been sent or 0.
local intent = call('GET', KEYS[2])
if not intent then return {2} end
if #intent < 19 then return {0} end
local _, unsure, token = struct.unpack('>I1I1I8', intent)
-- Not the latest claim: its lease has expired and another worker has the intent, or it is finished.
if token ~= tonumber(ARGV[2]) then return {2} end
if ARGV[3] == '' then
  call('ZREM', KEYS[1], ARGV[1])
  call('DEL', KEYS[2])
else
  if ARGV[4] == '1' then unsure = 1 end
  -- This keeps the TTL of the intent.
  call('SETRANGE', KEYS[2], 0, struct.pack('>I1I1I8', 0, unsure, token + 1))
  call('ZADD', KEYS[1], at + tonumber(ARGV[3]), ARGV[1])
  -- The queue may have been deleted. A new one has no TTL.
  local kept = call('PTTL', KEYS[2])
  if call('PTTL', KEYS[1]) < kept then call('PEXPIRE', KEYS[1], kept) end
end
return {1}
