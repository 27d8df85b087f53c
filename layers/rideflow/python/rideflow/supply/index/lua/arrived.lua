-- Drivers who have reached their destination and are on no trip. Called twice: first to list the drivers with a
-- destination, then with their ids.
--
-- KEYS  traits, the set of drivers with a destination, then the hash of each given driver
-- ARGV  the distance (m) at which a destination counts as reached, then the drivers' ids, or none
-- Answer: without ids the drivers with a destination, else {driver, until when (s)} of each who has reached it
if #ARGV == 1 then return redis.call('SMEMBERS', KEYS[2]) end
local within, answer = tonumber(ARGV[1]), {}
for i = 2, #ARGV do
    local entry = redis.call('HGET', KEYS[1], ARGV[i]) or ''
    local lat, lng, till = string.match(entry, '|([^|,]+),([^|,]+),([^|,]+)$')
    local known = redis.call('HMGET', KEYS[1 + i], 'lat', 'lng', 'trip_id')
    if till and known[1] and not known[3] then
        local north, east = tonumber(known[1]) - tonumber(lat), tonumber(known[2]) - tonumber(lng)
        east = east * math.cos(math.rad(tonumber(lat)))
        if 111195 * math.sqrt(north * north + east * east) <= within then
            answer[#answer + 1] = {ARGV[i], till}
        end
    end
end
return answer
