-- A challenge: state (0 pending, 1 used, 2 exhausted, 3 revoked), expires, left, nonce; and from
-- the 20th byte mac, salt, binding, which scripts read from the value when they need them.

-- Reads the first four, and returns the value as the fifth. Returns nil if the challenge is absent
-- or has expired, and true as the second value for invalid data.
local function challenge(key)
  local value = call('GET', key)
  if not value then return nil, false end
  if #value ~= 59 then return nil, true end
  local state, expires, left, nonce = struct.unpack('>I1I8I2c8', value)
  if state > 3 then return nil, true end
  if expires <= at then return nil, false end
  return state, expires, left, nonce, value
end

-- Writes the first four. The challenge keeps its TTL.
local function put(key, state, expires, left, nonce)
  call('SETRANGE', key, '0', struct.pack('>I1I8I2c8', state, expires, left, nonce))
end
