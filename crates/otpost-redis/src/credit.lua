-- KEYS: counter.
local at = now()
local value = redis.call('GET', KEYS[1])
if not value then return {1} end
if #value ~= 16 then return {0} end
local ends, sent, succeeded = struct.unpack('>I8I4I4', value)
if ends > at then
  succeeded = math.min(succeeded + 1, 4294967295)
  redis.call('SET', KEYS[1], struct.pack('>I8I4I4', ends, sent, succeeded), 'PX', ends - at)
end
return {1}
