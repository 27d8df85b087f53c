-- What matching knows of a driver whom this zone knows, unless it knows something newer.
--
-- KEYS  driver, traits, those who take a wheelchair, those who are heading somewhere
-- ARGV  driver id, version of the driver, traits, 1 for a vehicle that takes a wheelchair, 1 for a driver who is heading
--       somewhere
-- Answer: 1 when it is news, 0 when the driver is not known here or newer traits are
if redis.call('HEXISTS', KEYS[1], 'class') == 0 then return 0 end
local known = string.match(redis.call('HGET', KEYS[2], ARGV[1]) or '', '^%d+')
if known and tonumber(known) >= tonumber(ARGV[2]) then return 0 end
redis.call(ARGV[4] == '1' and 'SADD' or 'SREM', KEYS[3], ARGV[1])
redis.call(ARGV[5] == '1' and 'SADD' or 'SREM', KEYS[4], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3]) -- last, with the version: if this fails before, it is done again
return 1
