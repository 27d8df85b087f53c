-- Takes the zone's lock and a fencing token, and finds the free drivers around waiting requests. Circles grow until
-- they hold enough eligible drivers, because the cost of a search depends on how many drivers the circle holds. Without
-- a lock, for a search from another zone, the script only finds drivers and changes nothing.
--
-- KEYS  tick-lock, tick-fence, seen, idle, traits, the sets of drivers who take a wheelchair and who take upgrades,
--       then the free index of each class, the dropoffs of drivers who will be there soon by class, and the drop-off
--       times
-- ARGV  lock (ms) or 0 for none, now (ms), heard of since (ms), drivers wanted for each request, by when (ms) a driver
--       on a trip must drop off to be found, or 0 for none of them, then for every request: numbers of the classes that
--       serve it (`1,4`), numbers of those that serve it if their driver takes upgrades, lat, lng, radius (m), how many
--       were asked before, 1 for a wheelchair, least rating or '', kind of payment or ''
-- Answer: {'busy'}, or {'run', token, drivers on trips, {for every driver who will drop off: id, class, lng and lat of
--         the dropoff, when (ms), traits}, then for every free driver: id, class, lng, lat, idle since (ms), traits}

-- Tokens only grow, also after Redis has lost the last one. They are written at the end, so a search that fails leaves
-- no lock.
local token = math.max(tonumber(redis.call('GET', KEYS[2]) or 0) + 1, tonumber(ARGV[2]))
if ARGV[1] ~= '0' and redis.call('EXISTS', KEYS[1]) == 1 then return {'busy'} end

local now, since, wanted = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
-- Drivers who were heard of lately, less the idle ones. Silent idle drivers are subtracted too, until a sweep removes
-- them, so the number may be too low.
local on_trips = math.max(0, redis.call('ZCOUNT', KEYS[3], since, '+inf') - redis.call('ZCARD', KEYS[4]))
local finishing, by = {}, tonumber(ARGV[5])
local answer, answered, drivers = {'run', string.format('%d', token), on_trips, finishing}, {}, {}

-- The driver's {traits, rating, wishes, whether they have a destination, whether they take a wheelchair}; false if they
-- were not heard of lately.
local function recent(id)
    if drivers[id] == nil then
        local heard = redis.call('ZSCORE', KEYS[3], id)
        drivers[id] = false
        if heard and tonumber(heard) >= since then
            local entry = redis.call('HGET', KEYS[5], id) or ''
            local accessible, rating, wishes, till = string.match(entry, '^%d+|(%d)|([%d.]*)|([%a,]*)|.-([%d.]*)$')
            -- A driver with a destination takes few trips, so they are found in addition to the wanted number.
            drivers[id] = {entry, tonumber(rating), wishes or '', (tonumber(till) or 0) * 1000 > now, accessible == '1'}
        end
    end
    return drivers[id]
end

-- The result of `recent` for a driver who meets a ride's needs; false if not. `few` names the traits that the ride
-- needs and few drivers have: `accessible`, `upgrades` or both; nil if it needs neither.
local function eligible(id, rating, payment, few)
    local known = recent(id)
    return known and not (rating and known[2] and known[2] < rating)
        and (payment == '' or not string.find(known[3], payment, 1, true))
        and not (few and few.accessible and not known[5])
        and not (few and few.upgrades and not string.find(known[3], 'upgrades', 1, true)) and known
end

-- The free drivers of a class among these ids: {id, {lng, lat}, lng and lat as numbers} of each.
local function free_with_places(class, ids)
    local free = {}
    for from = 1, #ids, 1000 do
        local places = redis.call('GEOPOS', KEYS[7 + class], unpack(ids, from, math.min(from + 999, #ids)))
        for i, place in ipairs(places) do
            if place then free[#free + 1] = {ids[from + i - 1], place, tonumber(place[1]), tonumber(place[2])} end
        end
    end
    return free
end

-- The eligible drivers of a list.
local function only_eligible(free, rating, payment, few)
    local candidates = {}
    for _, entry in ipairs(free) do
        if eligible(entry[1], rating, payment, few) then candidates[#candidates + 1] = entry end
    end
    return candidates
end

-- The candidates within the smallest circle that holds enough drivers without a destination, nearest first.
local function nearest_among(candidates, lat, lng, radius, enough)
    local degree_m, metres, near = 111195, {}, {}
    local parallel_m = degree_m * math.cos(math.rad(lat))
    for i, entry in ipairs(candidates) do
        local east, north = (entry[3] - lng) * parallel_m, (entry[4] - lat) * degree_m
        metres[i] = math.sqrt(east * east + north * north)
    end
    local circle, within, sure, widest = math.min(500, radius), nil, nil, nil
    repeat
        within, sure, widest = {}, 0, circle >= radius
        for i, away in ipairs(metres) do
            if away <= circle then
                within[#within + 1] = {away, candidates[i]}
                if not drivers[candidates[i][1]][4] then sure = sure + 1 end
            end
        end
        circle = math.min(circle * 2, radius)
    until sure >= enough or widest
    table.sort(within, function(a, b) return a[1] < b[1] end)
    sure = 0
    for _, found in ipairs(within) do
        if sure >= enough then break end
        near[#near + 1] = found[2]
        if not drivers[found[2][1]][4] then sure = sure + 1 end
    end
    return near
end

-- A trait that few drivers have is searched in the set of those drivers, because a circle with enough of them would
-- hold all drivers of a city. The set is read once for all requests with the same needs.
local read, everybody = {}, {}

local function search_few(class, lat, lng, radius, enough, rating, payment, few)
    local set = few.accessible and 6 or 7
    local need = table.concat({class, set, few.upgrades and 'upgrades' or '', rating or '', payment}, '|')
    if not read[need] then
        read[need] = only_eligible(free_with_places(class, redis.call('SMEMBERS', KEYS[set])), rating, payment, few)
    end
    return nearest_among(read[need], lat, lng, radius, enough)
end

local function search(class, lat, lng, radius, enough, rating, payment)
    local need, circle = class .. '|' .. (rating or '') .. '|' .. payment, math.min(500, radius)
    while not read[need] do
        local count, near, sure, found = enough, nil, nil, nil
        repeat
            found = redis.call('GEOSEARCH', KEYS[7 + class], 'FROMLONLAT', lng, lat, 'BYRADIUS', circle, 'm', 'ASC',
                'COUNT', count, 'WITHCOORD')
            near, sure = {}, 0
            for _, entry in ipairs(found) do
                local known = eligible(entry[1], rating, payment)
                if known then
                    near[#near + 1] = entry
                    if not known[4] then sure = sure + 1 end
                end
            end
            local done = sure >= enough or #found < count or count > 4 * enough
            if not done then count = count * 4 end -- silent and ineligible drivers may be nearer
        until done
        if sure >= enough or circle >= radius and #found < count then return near end
        if #found == count then
            everybody[class] = everybody[class]
                or free_with_places(class, redis.call('ZRANGE', KEYS[7 + class], 0, -1))
            read[need] = only_eligible(everybody[class], rating, payment)
        end
        circle = math.min(circle * 2, radius)
    end
    return nearest_among(read[need], lat, lng, radius, enough)
end

-- Few drivers drop off within minutes, so one search reads the whole circle.
local function search_finishing(class, lat, lng, radius, rating, payment, few)
    local classes = (#KEYS - 8) / 2
    local found = redis.call('GEOSEARCH', KEYS[7 + classes + class], 'FROMLONLAT', lng, lat, 'BYRADIUS', radius, 'm', 'ASC',
        'COUNT', 8 * wanted, 'WITHCOORD')
    for _, entry in ipairs(found) do
        local id, at = entry[1], redis.call('ZSCORE', KEYS[#KEYS], entry[1])
        local known = eligible(id, rating, payment, few)
        if known and not answered[id] and at and tonumber(at) <= by then
            answered[id] = true
            for _, value in ipairs({id, class, entry[2][1], entry[2][2], at, known[1]}) do
                finishing[#finishing + 1] = value
            end
        end
    end
end

local function add_to_answer(found, class)
    for _, entry in ipairs(found) do
        local id = entry[1]
        if not answered[id] then
            answered[id] = true
            local idle, known = redis.call('ZSCORE', KEYS[4], id) or ARGV[2], drivers[id]
            for _, value in ipairs({id, class, entry[2][1], entry[2][2], idle, known[1]}) do
                answer[#answer + 1] = value
            end
        end
    end
end

local some_take_upgrades = redis.call('EXISTS', KEYS[7]) == 1
for i = 6, #ARGV, 9 do
    local lat, lng, radius = tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3]), tonumber(ARGV[i + 4])
    local enough, accessible = wanted + tonumber(ARGV[i + 5]), ARGV[i + 6] == '1'
    local rating, payment = tonumber(ARGV[i + 7]), ARGV[i + 8]
    local function search_class(class, few)
        add_to_answer((few and search_few or search)(class, lat, lng, radius, enough, rating, payment, few), class)
        if by > 0 then search_finishing(class, lat, lng, radius, rating, payment, few) end
    end
    for class in string.gmatch(ARGV[i], '%d+') do
        search_class(tonumber(class), accessible and {accessible = true} or nil)
    end
    if some_take_upgrades then
        for class in string.gmatch(ARGV[i + 1], '%d+') do
            search_class(tonumber(class), {accessible = accessible, upgrades = true})
        end
    end
end
if ARGV[1] ~= '0' then
    redis.call('SET', KEYS[1], token, 'PX', ARGV[1])
    redis.call('SET', KEYS[2], string.format('%d', token))
end
return answer
