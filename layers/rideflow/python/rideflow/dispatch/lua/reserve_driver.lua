-- The driver holds as many offers as they may, by an offer that no tick made: they are no longer free.
--
-- KEYS  reserved, then the free index of each class;  ARGV  driver's id, until (ms)
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
for index = 2, #KEYS do redis.call('ZREM', KEYS[index], ARGV[1]) end
return 1
