-- The stale last position of the driver was published. One who was forgotten meanwhile stays forgotten: a hash that is made
-- here would have no time to live, and nobody would delete it.
--
-- KEYS  driver;  ARGV  time of that position (ms)
-- Answer: 1 when it is noted, 0 when the driver is not known here
if redis.call('HEXISTS', KEYS[1], 'class') == 0 then return 0 end
redis.call('HSET', KEYS[1], 'told_stale', ARGV[1])
return 1
