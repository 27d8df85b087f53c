-- Take the zone's lock and a fencing token, and find the free drivers around those who wait: in circles that grow until
-- there are enough who suit, since what a search costs is decided by how many lie inside it. Without a lock, to look over a
-- border, only the drivers are found and nothing is changed.
--
-- KEYS  tick-lock, tick-fence, seen, idle, traits, those who take a wheelchair, then the free index of each class
-- ARGV  lock (ms) or 0 for none, now (ms), heard of since (ms), drivers wanted for each request, then for every request:
--       index of its class, lat, lng, radius (m), how many were asked before, 1 for a wheelchair, least rating or '',
--       kind of payment or ''
-- Answer: {'busy'}, or {'run', token, drivers on trips, then for every driver found: id, class, lng, lat, idle since (ms),
--         traits}

-- Tokens only grow, also after Redis has lost the last one.
local token = math.max(tonumber(redis.call('GET', KEYS[2]) or 0) + 1, tonumber(ARGV[2]))
if ARGV[1] ~= '0' then
    if not redis.call('SET', KEYS[1], token, 'NX', 'PX', ARGV[1]) then return {'busy'} end
    redis.call('SET', KEYS[2], string.format('%d', token))
end

local now, since, wanted = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
-- Who was heard of lately and is not idle drives. Idle ones gone silent are counted too, until they are swept.
local on_trips = math.max(0, redis.call('ZCOUNT', KEYS[3], since, '+inf') - redis.call('ZCARD', KEYS[4]))
local answer, told, drivers = {'run', string.format('%d', token), on_trips}, {}, {}

-- What is known of a driver who was heard of lately; false of others.
local function lately(id)
    if drivers[id] == nil then
        local heard = redis.call('ZSCORE', KEYS[3], id)
        drivers[id] = false
        if heard and tonumber(heard) >= since then
            local entry = redis.call('HGET', KEYS[5], id) or ''
            local rating, refuses, till = string.match(entry, '^%d+|%d|([%d.]*)|([%a,]*)|.-([%d.]*)$')
            -- Who heads somewhere takes few trips, so they are told of beside those who are enough.
            drivers[id] = {entry, tonumber(rating), refuses or '', (tonumber(till) or 0) * 1000 > now}
        end
    end
    return drivers[id]
end

-- Of entries, nearest first, those who were heard of lately and suit; and how many of them take whatever comes.
local function suiting(found, rating, payment)
    local near, sure = {}, 0
    for _, entry in ipairs(found) do
        local known = lately(entry[1])
        if known and not (rating and known[2] and known[2] < rating)
            and (payment == '' or not string.find(known[3], payment, 1, true)) then
            near[#near + 1] = entry
            if not known[4] then sure = sure + 1 end
        end
    end
    return near, sure
end

local function around(index, lat, lng, circle, count)
    return redis.call('GEOSEARCH', index, 'FROMLONLAT', lng, lat, 'BYRADIUS', circle, 'm', 'ASC',
        'COUNT', count, 'WITHCOORD')
end

local function search(class, lat, lng, radius, enough, rating, payment)
    local circle, near, sure = math.min(500, radius), nil, nil
    repeat
        local count = enough
        local found = around(KEYS[6 + class], lat, lng, circle, count)
        near, sure = suiting(found, rating, payment)
        while sure < enough and #found == count do -- who is silent or does not suit stands before those that are wanted
            count = count * 4
            found = around(KEYS[6 + class], lat, lng, circle, count)
            near, sure = suiting(found, rating, payment)
        end
        local widest = circle >= radius
        circle = math.min(circle * 2, radius)
    until sure >= enough or widest
    return near
end

-- The few who take a wheelchair are looked through one by one: a circle would hold a city's drivers to find three.
local accessible = {}
local function search_accessible(class, lat, lng, radius, enough, rating, payment)
    if not accessible[class] then
        local ids, free = redis.call('SMEMBERS', KEYS[6]), {}
        for from = 1, #ids, 1000 do
            local upto = math.min(from + 999, #ids)
            for i, place in ipairs(redis.call('GEOPOS', KEYS[6 + class], unpack(ids, from, upto))) do
                if place then free[#free + 1] = {ids[from + i - 1], place} end
            end
        end
        accessible[class] = free
    end
    local degree_m, within = 111195, {}
    local parallel_m = degree_m * math.cos(math.rad(lat))
    for _, entry in ipairs(accessible[class]) do
        local east, north = (entry[2][1] - lng) * parallel_m, (entry[2][2] - lat) * degree_m
        local metres = math.sqrt(east * east + north * north)
        if metres <= radius then within[#within + 1] = {entry[1], entry[2], metres} end
    end
    table.sort(within, function(a, b) return a[3] < b[3] end)
    local near, sure, taken = suiting(within, rating, payment), 0, {}
    for _, entry in ipairs(near) do
        if sure < enough then taken[#taken + 1] = entry end
        if not drivers[entry[1]][4] then sure = sure + 1 end
    end
    return taken
end

for i = 5, #ARGV, 8 do
    local class, enough, find = tonumber(ARGV[i]), wanted + tonumber(ARGV[i + 4]), search
    if ARGV[i + 5] == '1' then find = search_accessible end
    local near = find(class, tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3]), enough,
        tonumber(ARGV[i + 6]), ARGV[i + 7])
    for _, entry in ipairs(near) do
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
return answer
