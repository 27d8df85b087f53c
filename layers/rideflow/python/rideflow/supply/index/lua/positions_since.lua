-- The drivers of the zone whose last believed position is of a time or later, for staff who look at the market. One call
-- reads a page, so that Redis serves others between two pages. Nothing is written.
--
-- The drivers' hashes are named by a prefix, because only the script learns who they are. They have the zone's tag as
-- all keys here, so they are on this node.
--
-- KEYS  seen, the keys of drivers without the id, then the zone's queues
-- ARGV  positions of this time (ms) or later, how many of them to leave out, at most so many; then ids of drivers, to
--       read these instead
-- Answer: {drivers in the zone, `<drivers> ` for each queue, `<id> <time (ms)> <lat> <lng> <heading>;` for each driver,
--         the oldest position first}, with `-` for what is not known
local read = {}
if #ARGV > 3 then
    for i = 4, #ARGV do
        local at = redis.call('ZSCORE', KEYS[1], ARGV[i])
        if at then
            read[#read + 1] = ARGV[i]
            read[#read + 1] = at
        end
    end
else
    read = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', ARGV[2], ARGV[3])
end

local told = {}
for i = 1, #read, 2 do
    local known = redis.call('HMGET', KEYS[2] .. read[i], 'lat', 'lng', 'heading')
    local heading = known[3]
    if not heading or heading == '' then heading = '-' end
    told[#told + 1] = table.concat({read[i], read[i + 1], known[1] or '-', known[2] or '-', heading}, ' ')
end
local queued = {}
for i = 3, #KEYS do queued[#queued + 1] = redis.call('ZCARD', KEYS[i]) end
return {redis.call('ZCARD', KEYS[1]), table.concat(queued, ' '), table.concat(told, ';')}
