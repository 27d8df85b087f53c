-- A driver whom this zone does not know may send positions from now on. The first position makes the driver free.
--
-- KEYS  driver, reserved, traits, then the sets of drivers who take a wheelchair, take upgrades, are heading somewhere
-- ARGV  class, version of the driver who is admitted, id, until when (ms) reserved or '', traits, 1 for each of those sets
--       that the driver belongs to, else 0, then fields and values of what another zone remembers
-- Answer: 1 when the driver was not known, 0 when another message was quicker
if redis.call('HEXISTS', KEYS[1], 'class') == 1 then return 0 end
if ARGV[4] ~= '' then redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3]) end
redis.call('HSET', KEYS[3], ARGV[3], ARGV[5])
for set = 4, 6 do redis.call(ARGV[set + 2] == '1' and 'SADD' or 'SREM', KEYS[set], ARGV[3]) end
-- Last, since it is what says that the driver is known: if this fails before, it is done again.
redis.call('HSET', KEYS[1], 'class', ARGV[1], 'version', ARGV[2], unpack(ARGV, 9))
return 1
