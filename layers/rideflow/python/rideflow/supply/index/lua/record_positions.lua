-- Judges positions one by one; believed positions move the driver. Positions that contradict the believed ones change
-- nothing, until so many of them agree with each other that they outvote those. Late positions extend the driven path.
--
-- KEYS  driver, seen, reserved, idle, path, then the free index of each class, the dropoffs of drivers who will be
--       there soon by class, the drop-off times, the places of queued drivers, and the drivers of each queue by class
-- ARGV  driver id, now (ms), max speed (m/s), tolerated future (ms), worst accuracy (m), matchable for (ms), time (ms)
--       within which a dropoff is soon, ms that a metre takes, time (ms) that the phone's clock showed or '', 1 if it
--       showed that at the sending, number of classes, each class, then for every position, oldest first: recorded at
--       (ms), lat, lng, heading or '', accuracy (m) or '-', and a letter for each queue's waiting area: `i` in it, `n`
--       near it, `o` out of it, in capitals if queued drivers are offered no other trips; or `away` for a position in
--       another zone
-- Answer: false if the driver is not known here; {number} of the position that shows the driver in another zone, and
--         nothing was changed; else {trip id, rider id, trip state, target lat, target lng, 1 if the driver can be
--         matched now, ms that the phone's clock is slow, verdict of each position}, with '' if there is no trip
local AGREEING_MS = 2000 -- fixes that outvote others span at least this time: a burst of reflections does not
local MAX_DOUBTED = 8
local MAX_PATH = 20000 -- entries: a position each second for five hours and a half
local PATHS_KEPT = 172800 -- s
local CLOCK_OFF, CLOCK_STEADY, CLOCK_RIGHT = 5000, 2500, 2500 -- ms; ADR 91
local CLOCK_MESSAGES, CLOCK_FOR = 3, 6000

local driver, seen, reserved, idle, path = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id, now, max_speed = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local latest, worst_accuracy, matchable = now + tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local soon, ms_per_metre, classes = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[11])

local known = redis.call('HMGET', driver, 'class', 'trip_id', 'rider_id', 'trip_state', 'target_lat', 'target_lng',
    'lat', 'lng', 'recorded_at', 'in_queue', 'agreed', 'doubted', 'clock', 'heard', 'before')
local class, state = known[1], known[4]
if not class then return false end
local last, agreed = nil, tonumber(known[11] or 0) -- how many believed fixes agree with each other, at most two
if known[9] then last = {at = tonumber(known[9]), lat = tonumber(known[7]), lng = tonumber(known[8])} end

local answer = {known[2] or '', known[3] or '', state or '', known[5] or '', known[6] or '', 0, 0}

-- How many ms the phone's clock is slow, and the memory of it: `<offset> <least age> <messages> <since>`. The age of
-- the shown time is the clock's error plus the message's way here, so the least age of several messages is the error
-- (NTP's minimum filter, RFC 5905 section 10). Ages that stay alike while time passes mean that the clock is wrong.
-- Other ages mean that the phone was in a dead spot.
local offset, clock_kept, shown = 0, known[13] or nil, tonumber(ARGV[9])
local age = shown and now - shown
if age and (clock_kept or math.abs(age) > CLOCK_OFF) then
    local slow, least, messages, since = string.match(clock_kept or '0 0 0 0', '^(%S+) (%S+) (%S+) (%S+)$')
    slow, least, messages, since = tonumber(slow), tonumber(least), tonumber(messages), tonumber(since)
    if math.abs(age) <= CLOCK_RIGHT or slow == 0 and math.abs(age) <= CLOCK_OFF then
        clock_kept = nil
    else
        if slow ~= 0 and age <= slow + CLOCK_STEADY and (age >= -CLOCK_OFF or age >= slow - CLOCK_STEADY) then
            slow, messages = math.min(slow, age), 0 -- a message cannot come from the future
        else
            if messages > 0 and math.abs(age - least) <= CLOCK_STEADY then
                messages, least = messages + 1, math.min(least, age)
            else
                messages, least, since = 1, age, now
            end
            local was_right = last and known[14] and math.abs(tonumber(known[14]) - last.at) <= CLOCK_OFF
            local exact = ARGV[10] == '1' and slow == 0 and not was_right
            if exact or messages >= CLOCK_MESSAGES and now - since >= CLOCK_FOR then slow, messages = least, 0 end
        end
        offset, clock_kept = slow, string.format('%.0f %.0f %d %.0f', slow, least, messages, since)
    end
elseif clock_kept then
    offset = tonumber(string.match(clock_kept, '^%S+'))
end

-- Great-circle distance in metres: haversine, mean radius of IUGG 1980.
local function distance(a, b)
    local half_lat, half_lng = math.sin(math.rad(b.lat - a.lat) / 2), math.sin(math.rad(b.lng - a.lng) / 2)
    local chord = half_lat * half_lat + math.cos(math.rad(a.lat)) * math.cos(math.rad(b.lat)) * half_lng * half_lng
    return 2 * 6371008.8 * math.asin(math.min(1, math.sqrt(chord)))
end

-- Whether a car can have been at both fixes.
local function possible(a, b)
    return distance(a, b) <= max_speed * math.abs(b.at - a.at) / 1000
end

-- The trip that the driver was on at a time: the trip in hand, or the previous one until its end.
local before_trip, before_since, before_until = nil, nil, nil
if known[15] then before_trip, before_since, before_until = string.match(known[15], '^(%S+) (%S+) (%S+)$') end
local function trip_at(at)
    if before_trip and at <= tonumber(before_until) then return at >= tonumber(before_since) and before_trip or nil end
    -- The trip counts from the assignment on, because the path also shows whether the driver came to the pickup. The
    -- measurement of the path knows when the ride began and ended.
    if state then return known[2] end
end

-- The believed fixes in the order of time: the loaded end of the path, and this message's positions.
local line, loaded = {}, nil
-- Fixes that were not believed, each with the number of fixes that agree up to it, and since when; nil if unchanged.
local doubted

-- Makes the functions that judge late fixes, and new fixes that contradict the believed ones. Most messages need
-- neither.
local function judges()
    local place, kept = 1, {}
    for at, rest, count, from in string.gmatch(known[12] or '', '([^ ;]+) ([^;]+) (%d+) (%S+);') do
        local lat, lng = string.match(rest, '^(%S+) (%S+)')
        kept[#kept + 1] = {at = tonumber(at), lat = tonumber(lat), lng = tonumber(lng), rest = rest,
            count = tonumber(count), from = tonumber(from)}
    end

    local function load_path(since)
        local size, entries = 16, nil
        repeat
            size = size * 4
            entries = redis.call('LRANGE', path, -size, -1)
        until #entries < size or tonumber(string.match(entries[1], '^%S+ (%S+)')) < since
        local accepted = line
        line, loaded = {}, {}
        for number, entry in ipairs(entries) do
            local trip, at, lat, lng = string.match(entry, '^(%S+) (%S+) (%S+) (%S+)')
            line[number] = {at = tonumber(at), lat = tonumber(lat), lng = tonumber(lng), trip = trip, entry = entry}
            loaded[number] = line[number]
        end
        for _, fix in ipairs(accepted) do line[#line + 1] = fix end
    end

    -- Remembers a fix that is not believed. Returns the chain of fixes that agree up to it, oldest first, if it is long
    -- enough.
    local function doubt(fix, enough)
        local function counts(other, with)
            return other.at < with.at and (other.at > last.at) == (with.at > last.at) and possible(other, with)
        end
        fix.count, fix.from = 1, fix.at
        for _, other in ipairs(kept) do
            if other.at == fix.at then return end -- a repeat has no second vote
            if other.count >= fix.count and counts(other, fix) then
                fix.count, fix.from = other.count + 1, other.from
            end
        end
        kept[#kept + 1], doubted = fix, kept
        if #kept > MAX_DOUBTED then table.remove(kept, 1) end
        if fix.count < enough or fix.at - fix.from < AGREEING_MS then return end
        local chain = {fix}
        for number = #kept - 1, 1, -1 do
            local other = kept[number]
            if other.count == chain[1].count - 1 and counts(other, chain[1]) then table.insert(chain, 1, other) end
        end
        return chain
    end

    -- The numbers of the line's fixes before and after `here` that contradict a chain, at most as many as the chain
    -- has.
    local function against(chain, here)
        local oldest, newest, found, number = chain[1], chain[#chain], {}, here
        while line[number] and #found < #chain and not possible(newest, line[number]) do
            found[#found + 1], number = number, number + 1
        end
        number = here - 1
        while line[number] and #found < #chain do
            local agrees = possible(oldest, line[number]) and possible(newest, line[number])
            if not agrees then found[#found + 1] = number end
            if agrees and line[number].at < oldest.at then break end
            number = number - 1
        end
        return found
    end

    -- Replaces the fixes that contradict a chain, of which there are fewer, by the chain.
    local function outvote(chain, found, verdict)
        table.sort(found)
        for number = #found, 1, -1 do
            local fix = table.remove(line, found[number])
            if fix.number then answer[7 + fix.number] = 'impossible_speed' end
        end
        place = 1
        for _, fix in ipairs(chain) do
            while line[place] and line[place].at < fix.at do place = place + 1 end
            fix.trip = trip_at(fix.at)
            table.insert(line, place, fix)
            if fix.number then answer[7 + fix.number] = verdict end
        end
        kept, place = {}, 1
        doubted = kept
    end

    local function late(fix)
        fix.trip = trip_at(fix.at)
        if not fix.trip then return 'late' end
        if not loaded then load_path(fix.at) end
        while line[place] and line[place].at < fix.at do place = place + 1 end
        if line[place] and line[place].at == fix.at then return 'duplicate' end
        local before, after = line[place - 1], line[place] or last
        if (not before or possible(before, fix)) and possible(fix, after) then
            table.insert(line, place, fix)
            return 'late'
        end
        local chain = doubt(fix, 3)
        local found = chain and against(chain, place)
        if not chain or #found >= #chain then return 'impossible_speed' end
        outvote(chain, found, 'late')
        return 'late'
    end

    -- The smaller of two groups that disagree does not count: two fixes outvote a single one, three outvote several
    -- that agree.
    local function contradicting(fix)
        local chain = doubt(fix, math.max(agreed, 1) + 1)
        if not chain then return 'impossible_speed' end
        if not loaded and trip_at(chain[1].at) then load_path(chain[1].at) end
        local found = against(chain, #line + 1)
        outvote(chain, #found < #chain and found or {}, 'accepted')
        last, agreed = fix, 2
        return 'accepted'
    end
    return late, contradicting
end

local late, contradicting
local first, accepted = 12 + classes, nil
for i = first, #ARGV, 6 do
    local fix = {at = tonumber(ARGV[i]) + offset, lat = tonumber(ARGV[i + 1]), lng = tonumber(ARGV[i + 2]),
        number = (i - first) / 6 + 1}
    local verdict = 'accepted'
    if fix.at > latest then
        verdict = 'future'
    elseif (tonumber(ARGV[i + 4]) or 0) > worst_accuracy then
        verdict = 'inaccurate'
    elseif fix.at < now - 1000 * PATHS_KEPT then
        verdict = 'late'
    elseif last and fix.at == last.at then
        verdict = 'duplicate'
    elseif last and (fix.at < last.at or not possible(last, fix)) then
        if not late then late, contradicting = judges() end
        verdict = (fix.at < last.at and late or contradicting)(fix)
    else
        last, agreed, fix.trip = fix, math.min(agreed + 1, 2), trip_at(fix.at)
        line[#line + 1] = fix
    end
    answer[7 + fix.number] = verdict
    if last == fix then accepted = i end
end
if accepted and ARGV[accepted + 5] == 'away' then return {last.number} end

-- Nothing was written up to here.
local function rest_of(fix)
    if fix.rest then return fix.rest end
    local i = first + (fix.number - 1) * 6
    return table.concat({ARGV[i + 1], ARGV[i + 2], ARGV[i + 4]}, ' ')
end

local kept, entries = 0, {}
if loaded then
    while kept < #loaded and line[kept + 1] == loaded[kept + 1] do kept = kept + 1 end
    if kept < #loaded then redis.call('LTRIM', path, 0, kept - #loaded - 1) end
end
for number = kept + 1, #line do
    local fix = line[number]
    if fix.trip then
        entries[#entries + 1] = fix.entry or string.format('%s %.0f %s', fix.trip, fix.at, rest_of(fix))
    end
end
for from = 1, #entries, 1000 do
    local length = redis.call('RPUSH', path, unpack(entries, from, math.min(from + 999, #entries)))
    if length > MAX_PATH then redis.call('LTRIM', path, -MAX_PATH, -1) end
end
if #entries > 0 then redis.call('EXPIRE', path, PATHS_KEPT) end

local heard_lately = not state and last ~= nil and last.at >= now - matchable
answer[6], answer[7] = heard_lately and 1 or 0, offset
if clock_kept ~= (known[13] or nil) then
    if clock_kept then redis.call('HSET', driver, 'clock', clock_kept) else redis.call('HDEL', driver, 'clock') end
end
if doubted then
    for number, fix in ipairs(doubted) do
        doubted[number] = string.format('%.0f %s %d %.0f;', fix.at, rest_of(fix), fix.count, fix.from)
    end
    redis.call('HSET', driver, 'doubted', table.concat(doubted))
end
if not accepted then
    redis.call('HSET', driver, 'heard', ARGV[2])
    return answer
end

local lat, lng = ARGV[accepted + 1], ARGV[accepted + 2]
redis.call('ZADD', seen, math.min(now, last.at), id)

local reserved_until = redis.call('ZSCORE', reserved, id)
local free = heard_lately and not (reserved_until and tonumber(reserved_until) > now)

-- A driver who comes to a waiting area goes to the queue's end, and keeps the place while near. Returns whether a queue
-- holds the driver, so that they take no other trips. The first line returns for most drivers, who are at no queue.
local function queue_up(of_class, lies)
    if (known[10] or '') == '' and not string.find(lies, '[iI]') then return false end
    local places, queued, held = KEYS[7 + 2 * classes], false, false
    for number = 1, #lies do
        local queue, how = KEYS[7 + (number + 1) * classes + of_class], string.sub(lies, number, number)
        local spot = string.lower(how)
        if state or spot == 'o' then
            redis.call('ZREM', queue, id)
        elseif spot == 'i' and heard_lately and not redis.call('ZSCORE', queue, id) then
            local back = redis.call('ZREVRANGE', queue, 0, 0, 'WITHSCORES')
            redis.call('ZADD', queue, math.max(now, tonumber(back[2] or 0) + 1), id)
        end
        if redis.call('ZSCORE', queue, id) then
            queued, held = true, held or how ~= spot
        end
    end
    if queued then
        redis.call('GEOADD', places, lng, lat, id)
    elseif places then -- a deploy may have removed the zone's queues
        redis.call('ZREM', places, id)
    end
    redis.call('HSET', driver, 'in_queue', held and 'held' or queued and 'shared' or '')
    return held
end

-- A driver who will drop off soon can be asked to take the next trip from there.
local function finish(of_class)
    local dropoffs, times = KEYS[5 + classes + of_class], KEYS[6 + 2 * classes]
    local left_ms = ms_per_metre * distance(last, {lat = tonumber(known[5]), lng = tonumber(known[6])})
    if left_ms <= soon and not (reserved_until and tonumber(reserved_until) > now) then
        redis.call('GEOADD', dropoffs, known[6], known[5], id)
        redis.call('ZADD', times, last.at + math.floor(left_ms), id)
    else
        redis.call('ZREM', dropoffs, id)
        redis.call('ZREM', times, id)
    end
end

for i = 1, classes do
    if ARGV[11 + i] == class then
        if state == 'in_progress' then finish(i) end
        local held = queue_up(i, ARGV[accepted + 5])
        if held then redis.call('ZREM', KEYS[5 + i], id) end
        if free then
            if not held then redis.call('GEOADD', KEYS[5 + i], lng, lat, id) end
            redis.call('ZADD', idle, 'NX', now, id)
        end
    end
end

-- These writes are the last, because a message whose position is stored does nothing if it is repeated. So if the
-- script fails before, a repeat does all of it.
redis.call('HSET', driver, 'lat', lat, 'lng', lng, 'recorded_at',
    offset == 0 and ARGV[accepted] or string.format('%.0f', last.at), 'heading', ARGV[accepted + 3], 'heard', ARGV[2],
    'accuracy', ARGV[accepted + 4])
if agreed ~= tonumber(known[11]) then redis.call('HSET', driver, 'agreed', agreed) end
return answer
