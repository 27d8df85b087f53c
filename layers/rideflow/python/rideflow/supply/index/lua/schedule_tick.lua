-- May this tick be scheduled? One is at a time; one that is due now takes the place of one that is due later.
--
-- KEYS  tick-due;  ARGV  `now:<id>` or `later:<id>`, for how long (ms) to believe that it will come
-- Answer: 1 to send the message, 0 when another comes soon enough
local due = redis.call('GET', KEYS[1])
if due and (string.sub(due, 1, 3) == 'now' or string.sub(ARGV[1], 1, 3) ~= 'now') then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
