-- KEYS: the early names, then the names in the report. ARGV: the start of the keys of names, the
-- state, the time for which an early report is kept, the maximum number of early names.
-- Returns 1, the time since the message was recorded, and its note, if the report changes its state.
local early, state = KEYS[1], ARGV[2]
for i = 2, #KEYS do
  local key, sent, _, status, note = message(KEYS[i], ARGV[1])
  if key then
    if not follows(state, status) then return {2} end
    call('SET', key, 'M' .. struct.pack('>I8', sent) .. state .. note, 'KEEPTTL')
    return {1, math.max(at - sent, 0), note}
  end
end
local lifetime = tonumber(ARGV[3])
-- Names that have expired no longer count.
call('ZREMRANGEBYSCORE', early, '-inf', at)
for i = 2, #KEYS do
  local value = call('GET', KEYS[i])
  if value and string.sub(value, 1, 1) == 'E' then
    if follows(state, string.byte(value, 2)) then call('SET', KEYS[i], 'E' .. state, 'KEEPTTL') end
  elseif lifetime > 0 and call('ZCARD', early) < tonumber(ARGV[4]) then
    call('SET', KEYS[i], 'E' .. state, 'PX', lifetime)
    call('ZADD', early, at + lifetime, KEYS[i])
    if call('PTTL', early) < lifetime then call('PEXPIRE', early, lifetime) end
  end
end
return {2}
