-- The nearest free drivers of each class who were heard of lately. Circles grow until they hold enough, because the
-- cost of a search depends on how many drivers the circle holds.
--
-- KEYS  seen, then the free index of each wanted class
-- ARGV  lat, lng, radius (m), limit, heard of since (ms)
-- Answer: for every class, {driver, metres, lng, lat} of each, nearest first
local lat, lng, radius, limit, since = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])

local function fresh(index, circle, count)
    local found = redis.call('GEOSEARCH', index, 'FROMLONLAT', lng, lat, 'BYRADIUS', circle, 'm', 'ASC',
        'COUNT', count, 'WITHDIST', 'WITHCOORD')
    local near = {}
    for _, entry in ipairs(found) do
        local heard = redis.call('ZSCORE', KEYS[1], entry[1])
        if heard and tonumber(heard) >= since and #near < limit then
            near[#near + 1] = {entry[1], entry[2], entry[3][1], entry[3][2]}
        end
    end
    return near, #found
end

local answer = {}
for i = 2, #KEYS do
    local near, found, count = {}, 0, limit
    for _, share in ipairs({0.25, 0.5, 1}) do
        repeat -- silent drivers may be nearer than the others
            near, found = fresh(KEYS[i], radius * share, count)
            local all = found < count or #near >= limit
            if not all then count = count * 4 end
        until all
        if #near >= limit then break end
    end
    answer[#answer + 1] = near
end
return answer
