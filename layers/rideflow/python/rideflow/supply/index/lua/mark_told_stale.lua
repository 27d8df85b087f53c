-- Notes that the driver's stale last position was published. If the driver was forgotten since, nothing is written: a
-- new hash would have no time to live, and nobody would delete it.
--
-- KEYS  driver;  ARGV  time of that position (ms)
-- Answer: 1 if it is noted, 0 if the driver is not known here
if redis.call('HEXISTS', KEYS[1], 'class') == 0 then return 0 end
redis.call('HSET', KEYS[1], 'told_stale', ARGV[1])
return 1
