-- Reserves a driver, so that they are not asked: they have promised a trip, or an offer that no tick made was the last
-- for which they had room.
--
-- KEYS  reserved, then the keys of drivers who can be asked (`keys.askable`);  ARGV  driver id, until (ms)
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
for index = 2, #KEYS do redis.call('ZREM', KEYS[index], ARGV[1]) end
return 1
