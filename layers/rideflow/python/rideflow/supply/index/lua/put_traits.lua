-- Stores the traits of a driver whom this zone knows, unless it has newer ones.
--
-- KEYS  driver, traits, then the sets of drivers who take a wheelchair, take upgrades, have a destination
-- ARGV  driver id, version of the driver, traits, 1 for each of those sets to which the driver belongs, else 0
-- Answer: 1 if they are stored, 0 if the driver is not known here or the zone has traits that are as new or newer
if redis.call('HEXISTS', KEYS[1], 'class') == 0 then return 0 end
local known = string.match(redis.call('HGET', KEYS[2], ARGV[1]) or '', '^%d+')
if known and tonumber(known) >= tonumber(ARGV[2]) then return 0 end
for set = 3, 5 do redis.call(ARGV[set + 1] == '1' and 'SADD' or 'SREM', KEYS[set], ARGV[1]) end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3]) -- last, with the version: if the script fails before, all is done again
return 1
