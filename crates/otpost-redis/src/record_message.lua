-- KEYS: the early names, then the names of the message. ARGV: the first name, the start of the keys
-- of names, the note, the retention.
-- Returns 1 and the state if reports that came before change it.
local early, first = KEYS[1], KEYS[2]
local retention = tonumber(ARGV[4])
local sent, state, status, is_changed = at, '\0\0\0', 0, false
local value = call('GET', first)
if value and string.sub(value, 1, 1) == 'M' then
  local _, older, its, its_status, note = message(first, ARGV[2])
  if note == ARGV[3] then sent, state, status = older, its, its_status end
end
for i = 2, #KEYS do
  local value = call('GET', KEYS[i])
  if value and string.sub(value, 1, 1) == 'E' then
    local its = string.sub(value, 2)
    if follows(its, status) then
      state, status, is_changed = its, string.byte(its, 1), true
    end
    call('ZREM', early, KEYS[i])
  end
  if i > 2 then call('SET', KEYS[i], 'L' .. ARGV[1] .. ARGV[3], 'PX', retention) end
end
call('SET', first, 'M' .. struct.pack('>I8', sent) .. state .. ARGV[3], 'PX', retention)
if is_changed then return {1, state} end
return {2}
