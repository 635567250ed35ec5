-- KEYS: counter. ARGV: most, span, judged from, least percent.
local at = now()
local value = redis.call('GET', KEYS[1])
local ends, sent, succeeded = 0, 0, 0
if value then
  if #value ~= 16 then return {0} end
  ends, sent, succeeded = struct.unpack('>I8I4I4', value)
end
local most, span, from = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if ends <= at then ends, sent, succeeded = at + span, 0, 0 end
if sent >= most then return {2, ends - at} end
if from > 0 and sent >= from and succeeded * 100 < sent * tonumber(ARGV[4]) then
  return {3, ends - at}
end
if ends > at then
  redis.call('SET', KEYS[1], struct.pack('>I8I4I4', ends, sent + 1, succeeded), 'PX', ends - at)
end
return {1}
