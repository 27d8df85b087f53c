-- Begins a tick: from now on another may be scheduled. The matcher calls this before it reads the waiting requests, so
-- a request that comes after the read gets another tick.
--
-- KEYS  tick-due;  ARGV  the message's `now:<id>` or `later:<id>` or ''
-- Answer: 0 if the zone's next tick is another message, else 1
local due = redis.call('GET', KEYS[1])
if due and ARGV[1] ~= '' and due ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
return 1
