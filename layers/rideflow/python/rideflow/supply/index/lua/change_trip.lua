-- Applies a change of the driver's trip. Changes arrive in any order and more than once; one that is older than the
-- known one does nothing. If a trip ends at the moment at which the driver is assigned another, the other counts.
--
-- KEYS  driver, seen, reserved, idle, then the free index of each class, the dropoffs of drivers who will be there soon
--       by class, the drop-off times, and the zone's queues
-- ARGV  driver id, trip id, version, at (ms), now (ms), matchable for (ms), number of classes, each class,
--       then, if the driver still has the trip: state, rider id, target lat, target lng
-- Answer: 1 if it was applied, 0 if it was old or the driver is not known here
local driver, seen, reserved, idle = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, trip, version, at, now = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local matchable, classes = tonumber(ARGV[6]), tonumber(ARGV[7])
local state = ARGV[8 + classes]

local known = redis.call('HMGET', driver, 'class', 'last_trip', 'last_version', 'last_at', 'lat', 'lng', 'recorded_at',
    'trip_id')
local class = known[1]
if not class then return 0 end
if known[2] == trip then
    if version <= tonumber(known[3]) then return 0 end
elseif known[2] and (at < tonumber(known[4]) or at == tonumber(known[4]) and not state) then
    return 0
end
-- `last` is written at the end: if the script fails before, all is done again. `before` is kept because positions of
-- the previous trip may still arrive, until its path is measured.
local last, before = {'last_trip', trip, 'last_version', version, 'last_at', ARGV[4]}, known[8]
if before and (before ~= trip or not state) then
    last[7], last[8] = 'before', table.concat({before, known[4], ARGV[4]}, ' ')
end

if state then
    redis.call('ZREM', idle, id)
    for i = 5, #KEYS do redis.call('ZREM', KEYS[i], id) end
    redis.call('HSET', driver, 'trip_id', trip, 'trip_state', state, 'rider_id', ARGV[9 + classes],
        'target_lat', ARGV[10 + classes], 'target_lng', ARGV[11 + classes], unpack(last))
    return 1
end

for i = 5 + classes, 5 + 2 * classes do redis.call('ZREM', KEYS[i], id) end
local reserved_until = redis.call('ZSCORE', reserved, id)
if known[7] and tonumber(known[7]) >= now - matchable and not (reserved_until and tonumber(reserved_until) > now) then
    for i = 1, classes do
        if ARGV[7 + i] == class then
            redis.call('GEOADD', KEYS[4 + i], known[6], known[5], id)
            redis.call('ZADD', idle, 'NX', now, id)
        end
    end
end
redis.call('HDEL', driver, 'trip_id', 'trip_state', 'rider_id', 'target_lat', 'target_lng')
redis.call('HSET', driver, unpack(last))
return 1
