-- Admits a driver to this zone, so that they may send positions. The first position makes the driver free.
--
-- KEYS  driver, reserved, traits, then the sets of drivers who take a wheelchair, take upgrades, have a destination
-- ARGV  class, version of the driver, id, until when (ms) reserved or '', traits, 1 for each of those sets to which the
--       driver belongs, else 0, then fields and values of another zone's memory
-- Answer: 1 if the driver was not known, 0 if another message was quicker
if redis.call('HEXISTS', KEYS[1], 'class') == 1 then return 0 end
if ARGV[4] ~= '' then redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3]) end
redis.call('HSET', KEYS[3], ARGV[3], ARGV[5])
for set = 4, 6 do redis.call(ARGV[set + 2] == '1' and 'SADD' or 'SREM', KEYS[set], ARGV[3]) end
-- This write is the last, because it makes the driver known: if the script fails before it, all is done again.
redis.call('HSET', KEYS[1], 'class', ARGV[1], 'version', ARGV[2], unpack(ARGV, 9))
return 1
