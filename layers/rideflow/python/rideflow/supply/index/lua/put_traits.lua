-- What matching knows of a driver whom this zone knows, unless it knows something newer.
--
-- KEYS  driver, traits, then the sets of drivers who take a wheelchair, take upgrades, are heading somewhere
-- ARGV  driver id, version of the driver, traits, 1 for each of those sets that the driver belongs to, else 0
-- Answer: 1 when it is news, 0 when the driver is not known here or newer traits are
if redis.call('HEXISTS', KEYS[1], 'class') == 0 then return 0 end
local known = string.match(redis.call('HGET', KEYS[2], ARGV[1]) or '', '^%d+')
if known and tonumber(known) >= tonumber(ARGV[2]) then return 0 end
for set = 3, 5 do redis.call(ARGV[set + 1] == '1' and 'SADD' or 'SREM', KEYS[set], ARGV[1]) end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3]) -- last, with the version: if this fails before, it is done again
return 1
