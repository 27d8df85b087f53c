-- Take the zone's lock and a fencing token, and find the free drivers around those who wait: in circles that grow until
-- there are enough who suit, since what a search costs is decided by how many lie inside it. Without a lock, to look over a
-- border, only the drivers are found and nothing is changed.
--
-- KEYS  tick-lock, tick-fence, seen, idle, traits, the sets of drivers who take a wheelchair and who take upgrades, then the
--       free index of each class, then of each class the dropoffs of drivers who will be there soon, and when that will be
-- ARGV  lock (ms) or 0 for none, now (ms), heard of since (ms), drivers wanted for each request, by when (ms) a driver on a
--       trip must drop off to be found, or 0 for none of them, then for every request: numbers of the classes that serve
--       it (`1,4`), numbers of those that serve it if their driver takes upgrades, lat, lng, radius (m), how many were asked
--       before, 1 for a wheelchair, least rating or '', kind of payment or ''
-- Answer: {'busy'}, or {'run', token, drivers on trips, {for every driver who will drop off: id, class, lng and lat of the
--         dropoff, when (ms), traits}, then for every free driver found: id, class, lng, lat, idle since (ms), traits}

-- Tokens only grow, also after Redis has lost the last one. They are written at the end: a search that fails leaves no lock.
local token = math.max(tonumber(redis.call('GET', KEYS[2]) or 0) + 1, tonumber(ARGV[2]))
if ARGV[1] ~= '0' and redis.call('EXISTS', KEYS[1]) == 1 then return {'busy'} end

local now, since, wanted = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
-- A driver who was heard of lately and is not idle drives. Idle drivers gone silent count too, until they are swept.
local on_trips = math.max(0, redis.call('ZCOUNT', KEYS[3], since, '+inf') - redis.call('ZCARD', KEYS[4]))
local finishing, by = {}, tonumber(ARGV[5])
local answer, told, drivers = {'run', string.format('%d', token), on_trips, finishing}, {}, {}

-- What is known of a driver who was heard of lately; false of others.
local function lately(id)
    if drivers[id] == nil then
        local heard = redis.call('ZSCORE', KEYS[3], id)
        drivers[id] = false
        if heard and tonumber(heard) >= since then
            local entry = redis.call('HGET', KEYS[5], id) or ''
            local accessible, rating, wishes, till = string.match(entry, '^%d+|(%d)|([%d.]*)|([%a,]*)|.-([%d.]*)$')
            -- A driver with a destination takes few trips, and is told of besides the drivers who are enough.
            drivers[id] = {entry, tonumber(rating), wishes or '', (tonumber(till) or 0) * 1000 > now, accessible == '1'}
        end
    end
    return drivers[id]
end

-- What is known of a driver who was heard of lately and is what a ride needs; false of others. `few` are those among whom
-- the driver was found: nil for everybody, else `accessible`, `upgrades` or both.
local function suits(id, rating, payment, few)
    local known = lately(id)
    return known and not (rating and known[2] and known[2] < rating)
        and (payment == '' or not string.find(known[3], payment, 1, true))
        and not (few and few.accessible and not known[5])
        and not (few and few.upgrades and not string.find(known[3], 'upgrades', 1, true)) and known
end

-- The free drivers of a class among these: {id, {lng, lat}, both as numbers} of each.
local function placed(class, ids)
    local free = {}
    for from = 1, #ids, 1000 do
        local places = redis.call('GEOPOS', KEYS[7 + class], unpack(ids, from, math.min(from + 999, #ids)))
        for i, place in ipairs(places) do
            if place then free[#free + 1] = {ids[from + i - 1], place, tonumber(place[1]), tonumber(place[2])} end
        end
    end
    return free
end

-- Those of a list who suit.
local function only_suiting(free, rating, payment, few)
    local suiting = {}
    for _, entry in ipairs(free) do
        if suits(entry[1], rating, payment, few) then suiting[#suiting + 1] = entry end
    end
    return suiting
end

local function nearest_among(suiting, lat, lng, radius, enough)
    local degree_m, metres, near = 111195, {}, {}
    local parallel_m = degree_m * math.cos(math.rad(lat))
    for i, entry in ipairs(suiting) do
        local east, north = (entry[3] - lng) * parallel_m, (entry[4] - lat) * degree_m
        metres[i] = math.sqrt(east * east + north * north)
    end
    local circle, within, sure, widest = math.min(500, radius), nil, nil, nil
    repeat
        within, sure, widest = {}, 0, circle >= radius
        for i, away in ipairs(metres) do
            if away <= circle then
                within[#within + 1] = {away, suiting[i]}
                if not drivers[suiting[i][1]][4] then sure = sure + 1 end
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

-- What few meet is looked for among those who do: a circle that must hold the few holds a city's drivers. They are read
-- once for all who need the same.
local read, everybody = {}, {}

local function search_few(class, lat, lng, radius, enough, rating, payment, few)
    local set = few.accessible and 6 or 7
    local need = table.concat({class, set, few.upgrades and 'upgrades' or '', rating or '', payment}, '|')
    if not read[need] then
        read[need] = only_suiting(placed(class, redis.call('SMEMBERS', KEYS[set])), rating, payment, few)
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
                local known = suits(entry[1], rating, payment)
                if known then
                    near[#near + 1] = entry
                    if not known[4] then sure = sure + 1 end
                end
            end
            local done = sure >= enough or #found < count or count > 4 * enough
            if not done then count = count * 4 end -- drivers who are silent or do not suit stand before the wanted ones
        until done
        if sure >= enough or circle >= radius and #found < count then return near end
        if #found == count then
            everybody[class] = everybody[class] or placed(class, redis.call('ZRANGE', KEYS[7 + class], 0, -1))
            read[need] = only_suiting(everybody[class], rating, payment)
        end
        circle = math.min(circle * 2, radius)
    end
    return nearest_among(read[need], lat, lng, radius, enough)
end

-- Few drivers drop off within minutes: one search, of the whole circle.
local function search_finishing(class, lat, lng, radius, rating, payment, few)
    local classes = (#KEYS - 8) / 2
    local found = redis.call('GEOSEARCH', KEYS[7 + classes + class], 'FROMLONLAT', lng, lat, 'BYRADIUS', radius, 'm', 'ASC',
        'COUNT', 8 * wanted, 'WITHCOORD')
    for _, entry in ipairs(found) do
        local id, at = entry[1], redis.call('ZSCORE', KEYS[#KEYS], entry[1])
        local known = suits(id, rating, payment, few)
        if known and not told[id] and at and tonumber(at) <= by then
            told[id] = true
            for _, value in ipairs({id, class, entry[2][1], entry[2][2], at, known[1]}) do
                finishing[#finishing + 1] = value
            end
        end
    end
end

local function tell(found, class)
    for _, entry in ipairs(found) do
        local id = entry[1]
        if not told[id] then
            told[id] = true
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
        tell((few and search_few or search)(class, lat, lng, radius, enough, rating, payment, few), class)
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
