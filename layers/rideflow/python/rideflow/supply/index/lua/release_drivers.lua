-- Releases drivers whose offers ended, so that they can be asked again. The winner of a trip, if any, has it in hand.
--
-- KEYS  seen, reserved, idle, the free index of each class, the dropoffs of drivers who will be there soon by class,
--       the drop-off times, the winner's hash if there is a winner, each driver's hash
-- ARGV  now (ms), matchable for (ms), number of classes, each class, number of winners (1 or 0),
--       for the winner: id, trip, version, at (ms), state, rider id, target lat, target lng; then each driver's id
-- Answer: the ids of the drivers whom this zone does not know
local seen, reserved, idle = KEYS[1], KEYS[2], KEYS[3]
local since, classes = tonumber(ARGV[1]) - tonumber(ARGV[2]), tonumber(ARGV[3])
local key, argument, unknown = 5 + 2 * classes, 5 + classes, {}

if ARGV[4 + classes] == '1' then
    local driver, id, trip, version, at = KEYS[key], unpack(ARGV, argument, argument + 3)
    local last = redis.call('HMGET', driver, 'class', 'last_trip', 'last_version', 'trip_id', 'last_at')
    -- Nothing is done if the driver is not known here, or if a later change of the trip was quicker.
    if last[1] and not (last[2] == trip and tonumber(last[3]) >= tonumber(version)) then
        redis.call('ZREM', idle, id)
        redis.call('ZREM', reserved, id)
        for i = 4, 4 + 2 * classes do redis.call('ZREM', KEYS[i], id) end
        -- Positions of the previous trip may still arrive (`change_trip.lua`).
        if last[4] and last[4] ~= trip then
            redis.call('HSET', driver, 'before', table.concat({last[4], last[5], at}, ' '))
        end
        redis.call('HSET', driver, 'last_trip', trip, 'last_version', version, 'last_at', at, 'trip_id', trip,
            'trip_state', ARGV[argument + 4], 'rider_id', ARGV[argument + 5],
            'target_lat', ARGV[argument + 6], 'target_lng', ARGV[argument + 7])
    end
    if not last[1] then unknown[1] = id end
    key, argument = key + 1, argument + 8
end

for i = 0, #KEYS - key do
    local id = ARGV[argument + i]
    redis.call('ZREM', reserved, id)
    local known = redis.call('HMGET', KEYS[key + i], 'class', 'trip_id', 'lat', 'lng', 'in_queue')
    local heard = redis.call('ZSCORE', seen, id)
    if known[1] and not known[2] and known[3] and heard and tonumber(heard) >= since then
        for class = 1, classes do
            if ARGV[3 + class] == known[1] and known[5] ~= 'held' then -- a queue holds the others
                redis.call('GEOADD', KEYS[3 + class], known[4], known[3], id)
            end
        end
        redis.call('ZADD', idle, 'NX', ARGV[1], id)
    end
    if not known[1] then unknown[#unknown + 1] = id end
end
return unknown
