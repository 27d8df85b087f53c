-- Take the zone's lock and a fencing token, and find the free drivers around those who wait: in circles that grow until
-- there are enough, since what a search costs is decided by how many lie inside it. Without a lock, to look over a border,
-- only the drivers are found and nothing is changed.
--
-- KEYS  tick-lock, tick-fence, seen, idle, then the free index of each class, then of each class the dropoffs of drivers who
--       will be there soon, and when that will be
-- ARGV  lock (ms) or 0 for none, now (ms), heard of since (ms), drivers wanted for each request, by when (ms) a driver on a
--       trip must drop off to be found, or 0 for none of them, then for every request: index of its class, lat, lng,
--       radius (m), how many were asked before
-- Answer: {'busy'}, or {'run', token, drivers on trips, {for every driver who will drop off: id, class, lng and lat of the
--         dropoff, when (ms)}, then for every free driver found: id, class, lng, lat, idle since (ms)}

-- Tokens only grow, also after Redis has lost the last one.
local token = math.max(tonumber(redis.call('GET', KEYS[2]) or 0) + 1, tonumber(ARGV[2]))
if ARGV[1] ~= '0' then
    if not redis.call('SET', KEYS[1], token, 'NX', 'PX', ARGV[1]) then return {'busy'} end
    redis.call('SET', KEYS[2], string.format('%d', token))
end

local since, wanted = tonumber(ARGV[3]), tonumber(ARGV[4])
-- Who was heard of lately and is not idle drives. Idle ones gone silent are counted too, until they are swept.
local on_trips = math.max(0, redis.call('ZCOUNT', KEYS[3], since, '+inf') - redis.call('ZCARD', KEYS[4]))
local finishing, by = {}, tonumber(ARGV[5])
local answer, known = {'run', string.format('%d', token), on_trips, finishing}, {}

local function search(index, lat, lng, circle, count)
    local found = redis.call('GEOSEARCH', index, 'FROMLONLAT', lng, lat, 'BYRADIUS', circle, 'm', 'ASC',
        'COUNT', count, 'WITHCOORD')
    local fresh = {}
    for _, entry in ipairs(found) do
        local heard = redis.call('ZSCORE', KEYS[3], entry[1])
        if heard and tonumber(heard) >= since then fresh[#fresh + 1] = entry end
    end
    return fresh, #found
end

-- Few drivers drop off within minutes: one search, of the whole circle.
local function search_finishing(class, lat, lng, radius)
    local classes = (#KEYS - 5) / 2
    for _, entry in ipairs(search(KEYS[4 + classes + class], lat, lng, radius, 8 * wanted)) do
        local id, at = entry[1], redis.call('ZSCORE', KEYS[#KEYS], entry[1])
        if not known[id] and at and tonumber(at) <= by then
            known[id] = true
            for _, value in ipairs({id, class, entry[2][1], entry[2][2], at}) do finishing[#finishing + 1] = value end
        end
    end
end

for i = 6, #ARGV, 5 do
    local class, lat, lng, radius = tonumber(ARGV[i]), ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3])
    local enough, circle = wanted + tonumber(ARGV[i + 4]), math.min(500, radius)
    local near, found, count
    repeat
        count = enough
        near, found = search(KEYS[4 + class], lat, lng, circle, count)
        while #near < enough and found == count do -- silent drivers stand before those that are wanted
            count = count * 4
            near, found = search(KEYS[4 + class], lat, lng, circle, count)
        end
        local widest = circle >= radius
        circle = math.min(circle * 2, radius)
    until #near >= enough or widest
    for _, entry in ipairs(near) do
        local id = entry[1]
        if not known[id] then
            known[id] = true
            local idle = redis.call('ZSCORE', KEYS[4], id) or ARGV[2]
            for _, value in ipairs({id, class, entry[2][1], entry[2][2], idle}) do answer[#answer + 1] = value end
        end
    end
    if by > 0 then search_finishing(class, lat, lng, radius) end
end
return answer
