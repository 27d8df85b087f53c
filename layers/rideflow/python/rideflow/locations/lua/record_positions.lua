-- Judges positions one by one and lets the believable ones move the driver. Rejected positions change nothing.
--
-- KEYS  driver, seen, reserved, idle, path, then the free index of each class, then of each class the dropoffs of drivers
--       who will be there soon, when that will be, then the places of queued drivers, and of each queue the drivers of each
--       class
-- ARGV  driver id, now (ms), max speed (m/s), tolerated future (ms), worst accuracy (m), matchable for (ms), how soon (ms)
--       is soon, ms that a metre takes, number of classes, each class, then for every position: recorded at (ms), lat, lng, heading or '', accuracy, and
--       how it lies to each queue's waiting area: `i` in it, `n` near it, `o` out of it, in capitals where queued drivers
--       are offered no other trips
-- Answer: false when the driver is not known here, else
--         {trip id, rider id, trip state, target lat, target lng, verdict of each position}; '' where there is no trip
local driver, seen, reserved, idle, path = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id, now, max_speed = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local latest, worst_accuracy, matchable = now + tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local soon, ms_per_metre, classes = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])

local known = redis.call('HMGET', driver, 'class', 'trip_id', 'rider_id', 'trip_state', 'target_lat', 'target_lng',
    'lat', 'lng', 'recorded_at', 'in_queue')
local class, state = known[1], known[4]
if not class then return false end
local answer = {known[2] or '', known[3] or '', state or '', known[5] or '', known[6] or ''}

-- Great-circle distance in metres: haversine, mean radius of IUGG 1980.
local function distance(lat_a, lng_a, lat_b, lng_b)
    local half_lat = math.sin(math.rad(lat_b - lat_a) / 2)
    local half_lng = math.sin(math.rad(lng_b - lng_a) / 2)
    local chord = half_lat * half_lat + math.cos(math.rad(lat_a)) * math.cos(math.rad(lat_b)) * half_lng * half_lng
    return 2 * 6371008.8 * math.asin(math.min(1, math.sqrt(chord)))
end

local last_lat, last_lng, last_at = tonumber(known[7] or nil), tonumber(known[8] or nil), tonumber(known[9] or nil)
local function verdict(at, lat, lng, accuracy)
    if at > latest then return 'future' end
    if accuracy > worst_accuracy then return 'inaccurate' end
    if not last_at then return 'accepted' end
    if at == last_at then return 'duplicate' end
    if at < last_at then return 'late' end
    if distance(last_lat, last_lng, lat, lng) > max_speed * (at - last_at) / 1000 then return 'impossible_speed' end
    return 'accepted'
end

local accepted
for i = 10 + classes, #ARGV, 6 do
    local at, lat, lng = tonumber(ARGV[i]), tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
    local found = verdict(at, lat, lng, tonumber(ARGV[i + 4]))
    answer[#answer + 1] = found
    if found == 'accepted' then
        accepted, last_lat, last_lng, last_at = i, lat, lng, at
        if state then
            -- From the assignment on: whether the driver came is judged by it; who measures the path knows its ends.
            redis.call('RPUSH', path, known[2] .. ' ' .. ARGV[i] .. ' ' .. ARGV[i + 1] .. ' ' .. ARGV[i + 2])
        end
    end
end
if not accepted then return answer end

local at, lat, lng = ARGV[accepted], ARGV[accepted + 1], ARGV[accepted + 2]
redis.call('HSET', driver, 'lat', lat, 'lng', lng, 'recorded_at', at, 'heading', ARGV[accepted + 3],
    'accuracy', ARGV[accepted + 4])
redis.call('ZADD', seen, math.min(now, last_at), id)
if state then redis.call('EXPIRE', path, 172800) end

local reserved_until = redis.call('ZSCORE', reserved, id)
local heard = not state and last_at >= now - matchable
local free = heard and not (reserved_until and tonumber(reserved_until) > now)

-- Whoever comes to a waiting area goes to the queue's end, and keeps the place while near. Answer: whether the driver is
-- to be left to a queue. Most drivers are in none, and come to none.
local function queue_up(of_class, lies)
    if (known[10] or '') == '' and not string.find(lies, '[iI]') then return false end
    local places, queued, held = KEYS[7 + 2 * classes], false, false
    for number = 1, #lies do
        local queue, how = KEYS[7 + (number + 1) * classes + of_class], string.sub(lies, number, number)
        local place = string.lower(how)
        if state or place == 'o' then
            redis.call('ZREM', queue, id)
        elseif place == 'i' and heard and not redis.call('ZSCORE', queue, id) then
            local last = redis.call('ZREVRANGE', queue, 0, 0, 'WITHSCORES')
            redis.call('ZADD', queue, math.max(now, tonumber(last[2] or 0) + 1), id)
        end
        if redis.call('ZSCORE', queue, id) then
            queued, held = true, held or how ~= place
        end
    end
    if queued then
        redis.call('GEOADD', places, lng, lat, id)
    elseif places then -- a zone may have lost its queues by a deploy
        redis.call('ZREM', places, id)
    end
    redis.call('HSET', driver, 'in_queue', held and 'held' or queued and 'shared' or '')
    return held
end

-- Whoever is about to drop off may be asked to take the next trip from there.
local function finish(of_class)
    local dropoffs, times = KEYS[5 + classes + of_class], KEYS[6 + 2 * classes]
    local left_ms = ms_per_metre * distance(last_lat, last_lng, tonumber(known[5]), tonumber(known[6]))
    if left_ms <= soon and not (reserved_until and tonumber(reserved_until) > now) then
        redis.call('GEOADD', dropoffs, known[6], known[5], id)
        redis.call('ZADD', times, last_at + math.floor(left_ms), id)
    else
        redis.call('ZREM', dropoffs, id)
        redis.call('ZREM', times, id)
    end
end

for i = 1, classes do
    if ARGV[9 + i] == class then
        if state == 'in_progress' then finish(i) end
        local held = queue_up(i, ARGV[accepted + 5])
        if held then redis.call('ZREM', KEYS[5 + i], id) end
        if free then
            if not held then redis.call('GEOADD', KEYS[5 + i], lng, lat, id) end
            redis.call('ZADD', idle, 'NX', now, id)
        end
    end
end
return answer
