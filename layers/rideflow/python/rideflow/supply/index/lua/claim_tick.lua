-- A tick begins: from now on another may be scheduled. Claimed before it is read who waits, so that whoever comes after
-- the reading gets a tick of their own.
--
-- KEYS  tick-due;  ARGV  the message's `now:<id>` or `later:<id>` or ''
-- Answer: 0 when another message stands for the zone's next tick, else 1
local due = redis.call('GET', KEYS[1])
if due and ARGV[1] ~= '' and due ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
return 1
