-- The functions that all scripts share. Times are milliseconds of this server's clock. Numbers are
-- big-endian.
--
-- A script returns a table that begins with the kind of the reply: 0 invalid data; 1 done; 2
-- cooldown, full, or nothing to do; 3 quota, or too few successes; 4 locked; 5 other binding; 10
-- absent; 11 used; 12 exhausted; 13 revoked; 20 accepted; 21 wrong; 22 locked.
local RECIPIENT = '>I8I8I2I8I2I2I8I1I8'

local function now()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Reads a recipient: next, end1, sent1, end2, sent2, failures, failures_end, locks, locked_until.
-- Returns nil for invalid data.
local function recipient(key)
  local value = redis.call('GET', key)
  if not value then return {0, 0, 0, 0, 0, 0, 0, 0, 0} end
  if #value ~= 47 then return nil end
  return {struct.unpack(RECIPIENT, value)}
end

-- Writes a recipient with a TTL until its last end, or deletes it if nothing of it matters any
-- more.
local function keep(key, of, at)
  local left = math.max(of[1], of[2], of[4], of[7], of[9]) - at
  if left <= 0 then
    redis.call('DEL', key)
  else
    local value = struct.pack(RECIPIENT, of[1], of[2], of[3], of[4], of[5], of[6], of[7], of[8], of[9])
    redis.call('SET', key, value, 'PX', left)
  end
end

-- Takes a permit to send. Returns 1 and the time until the next message, or 2 (cooldown), 3 (quota)
-- or 4 (locked) and the time to wait. `rule` is the index in ARGV of the cooldown, which the
-- longest cooldown and the two windows follow.
local function permit(of, at, rule)
  local cooldown, longest = tonumber(ARGV[rule]), tonumber(ARGV[rule + 1])
  if of[9] > at then return 4, of[9] - at end
  -- Check everything before a change: a refused message must not take a permit.
  local full = 0
  for window = 0, 1 do
    local most, span = tonumber(ARGV[rule + 2 + 2 * window]), tonumber(ARGV[rule + 3 + 2 * window])
    local ends, sent = of[2 + 2 * window], of[3 + 2 * window]
    if ends > at and sent >= most then
      full = math.max(full, ends - at)
    elseif most == 0 then
      full = math.max(full, span)
    end
  end
  if full > 0 then return 3, full end
  if of[1] > at then return 2, of[1] - at end
  for window = 0, 1 do
    local span = tonumber(ARGV[rule + 3 + 2 * window])
    if of[2 + 2 * window] <= at then
      of[2 + 2 * window], of[3 + 2 * window] = at + span, 0
    end
    of[3 + 2 * window] = math.min(of[3 + 2 * window] + 1, 65535)
  end
  local wait = math.min(cooldown * 2 ^ math.min(of[3] - 1, 40), math.max(longest, cooldown))
  of[1] = at + wait
  return 1, wait
end

-- A challenge: mac, salt, context, nonce, expires, left, state (0 pending, 1 used, 2 exhausted, 3
-- revoked), binding.
local CHALLENGE = '>c16c16c12c8I8I2I1c8'

-- Reads a challenge. Returns nil if it is absent or has expired, and true as the second value for
-- invalid data.
local function challenge(key, at)
  local value = redis.call('GET', key)
  if not value then return nil, false end
  if #value ~= 71 then return nil, true end
  local of = {struct.unpack(CHALLENGE, value)}
  if of[7] > 3 then return nil, true end
  if of[5] <= at then return nil, false end
  return of, false
end

-- Writes a challenge. It keeps its expiry time.
local function put(key, of, at)
  local value = struct.pack(CHALLENGE, of[1], of[2], of[3], of[4], of[5], of[6], of[7], of[8])
  redis.call('SET', key, value, 'PX', of[5] - at)
end
