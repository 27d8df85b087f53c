-- The driver is offline, or in another zone. The path stays: it is measured when the trip has ended.
--
-- KEYS  driver, traits, the sets of drivers who take a wheelchair, take upgrades, are heading somewhere, then seen, reserved,
--       idle, all that hold drivers who can be asked, and the zone's queues
-- ARGV  driver id, last heard of (ms) up to which to forget, or '', version of the driver up to which to forget, or '', then
--       fields of the driver to be told of
-- Answer: {1 when forgotten, 0 when the driver was heard of or admitted since, until when they were reserved or '',
--         {what the fields held}}
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
