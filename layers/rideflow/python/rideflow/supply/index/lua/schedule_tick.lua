-- Schedules a tick, unless another is scheduled. A tick that is due now replaces one that is due later.
--
-- KEYS  tick-due;  ARGV  `now:<id>` or `later:<id>`, for how long (ms) to expect it
-- Answer: 1 if the message is to be sent, 0 if another tick comes soon enough
local due = redis.call('GET', KEYS[1])
if due and (string.sub(due, 1, 3) == 'now' or string.sub(ARGV[1], 1, 3) ~= 'now') then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
