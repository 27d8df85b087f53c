-- Removes a driver who is offline or in another zone. The path stays, because it is measured after the trip.
--
-- KEYS  driver, traits, the sets of drivers who take a wheelchair, take upgrades, have a destination, then seen,
--       reserved, idle, the keys of drivers who can be asked (`keys.askable`), and the zone's queues
-- ARGV  driver id, then conditions or '': keep a driver heard of after this time (ms), keep a driver admitted at this
--       version or a later one; then the names of fields whose values are returned
-- Answer: {1 if removed, else 0, until when (ms) the driver was reserved or '', {values of the fields}}
local last, told = redis.call('ZSCORE', KEYS[6], ARGV[1]), {}
local admitted, heard = unpack(redis.call('HMGET', KEYS[1], 'version', 'heard'))
local heard_last = math.max(tonumber(last or 0), tonumber(heard or 0))
if ARGV[2] ~= '' and heard_last > tonumber(ARGV[2]) then return {0, '', told} end
if ARGV[3] ~= '' and admitted and tonumber(admitted) >= tonumber(ARGV[3]) then return {0, '', told} end
if #ARGV > 3 then told = redis.call('HMGET', KEYS[1], unpack(ARGV, 4)) end
local reserved_until = redis.call('ZSCORE', KEYS[7], ARGV[1]) or ''
redis.call('DEL', KEYS[1])
redis.call('HDEL', KEYS[2], ARGV[1])
for i = 3, 5 do redis.call('SREM', KEYS[i], ARGV[1]) end
for i = 6, #KEYS do redis.call('ZREM', KEYS[i], ARGV[1]) end
return {1, reserved_until, told}
