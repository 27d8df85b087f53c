-- The driver's queue, and the place in it. Drivers who are on a trip or were not heard of lately do not count.
--
-- KEYS  seen, idle, then queues
-- ARGV  driver id, heard of since (ms)
-- Answer: false if the driver is in none, else {number of the queue, place from 1 on, its length, since when (ms)}
local seen, idle, id, since = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2])
for number = 3, #KEYS do
    local came = redis.call('ZSCORE', KEYS[number], id)
    if came and redis.call('ZSCORE', idle, id) then
        local place, length = 0, 0
        for _, other in ipairs(redis.call('ZRANGE', KEYS[number], 0, -1)) do
            local heard = redis.call('ZSCORE', seen, other)
            if other == id or heard and tonumber(heard) >= since and redis.call('ZSCORE', idle, other) then
                length = length + 1
                if other == id then place = length end
            end
        end
        return {number - 2, place, length, came}
    end
end
return false
