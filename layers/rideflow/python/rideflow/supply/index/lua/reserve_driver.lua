-- The driver holds as many offers as they may, by an offer that no tick made, or has promised a trip: they are not asked.
--
-- KEYS  reserved, then all that hold drivers who can be asked;  ARGV  driver's id, until (ms)
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
for index = 2, #KEYS do redis.call('ZREM', KEYS[index], ARGV[1]) end
return 1
