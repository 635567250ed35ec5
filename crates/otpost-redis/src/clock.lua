-- The time of this server's clock in milliseconds.
--
-- Numbers in keys and arguments are big-endian. A script returns a table that begins with the kind
-- of the reply: 0 invalid data; 1 done; 2 cooldown, refused, or nothing to do; 3 quota; 4 locked;
-- 5 other binding; 10 absent; 11 used; 12 exhausted; 13 revoked; 20 accepted; 21 wrong; 22 locked;
-- 23 accepted before. A table costs the server more than a number, so a kind without values is the
-- number alone, and {1, n} can be the negative number -1 - n.
local call, floor = redis.call, math.floor
local time = call('TIME')
local at = time[1] * 1000 + floor(time[2] / 1000)
