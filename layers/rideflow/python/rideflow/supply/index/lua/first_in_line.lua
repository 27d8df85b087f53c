-- The first drivers of a queue who can be offered a trip: heard of lately, on no trip, and without a reservation. The
-- queue is read until there are enough drivers for every group of riders with the same needs.
--
-- A reservation whose time is over still counts: the end of its offer moves the driver to the queue's end, and until
-- then they must not be asked again. A reservation is ignored if it is over for so long that the end must be lost.
--
-- KEYS  seen, reserved, idle, places of queued drivers, traits, then the queue of each wanted class
-- ARGV  heard of since (ms), time (ms) up to which a reservation that ended is ignored, now (ms), then for each queue:
--       index of its class, how many groups of riders wait; and for each group: how many drivers are wanted, 1 for a
--       wheelchair, least rating or '', kind of payment or '', 1 if the driver must take upgrades
-- Answer: for every driver found, class by class in the queue's order: id, class, lng, lat, idle since (ms), traits
local since, lost, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local answer, argument = {}, 4

-- Whether any group still wants this driver. A driver with a destination may not take the trip, and does not count.
local function wanted_by(groups, entry)
    local accessible, rating, wishes, till = string.match(entry, '^%d+|(%d)|([%d.]*)|([%a,]*)|.-([%d.]*)$')
    local heading, wanted = (tonumber(till) or 0) * 1000 > now, false
    for _, group in ipairs(groups) do
        local is_eligible = (group.wheelchair ~= '1' or accessible == '1')
            and not (group.rating and tonumber(rating) and tonumber(rating) < group.rating)
            and (group.payment == '' or not string.find(wishes or '', group.payment, 1, true))
            and (group.upgrade ~= '1' or string.find(wishes or '', 'upgrades', 1, true))
        if is_eligible and group.drivers > 0 then
            wanted = true
            if not heading then group.drivers = group.drivers - 1 end
        end
    end
    return wanted
end

local function add(id, class, groups)
    local heard, idle = redis.call('ZSCORE', KEYS[1], id), redis.call('ZSCORE', KEYS[3], id)
    local reserved = redis.call('ZSCORE', KEYS[2], id)
    local place = redis.call('GEOPOS', KEYS[4], id)[1]
    if not (heard and tonumber(heard) >= since and idle and place) then return end
    if reserved and tonumber(reserved) > lost then return end
    local entry = redis.call('HGET', KEYS[5], id) or ''
    if not wanted_by(groups, entry) then return end
    for _, value in ipairs({id, class, place[1], place[2], idle, entry}) do answer[#answer + 1] = value end
end

local function enough(groups)
    for _, group in ipairs(groups) do
        if group.drivers > 0 then return false end
    end
    return true
end

for number = 6, #KEYS do
    local class, groups, from = tonumber(ARGV[argument]), {}, 0
    for number_of_group = 1, tonumber(ARGV[argument + 1]) do
        local at = argument + 2 + (number_of_group - 1) * 5
        groups[number_of_group] = {drivers = tonumber(ARGV[at]), wheelchair = ARGV[at + 1],
            rating = tonumber(ARGV[at + 2]), payment = ARGV[at + 3], upgrade = ARGV[at + 4]}
    end
    argument = argument + 2 + #groups * 5
    repeat
        local page = redis.call('ZRANGE', KEYS[number], from, from + 49)
        for _, id in ipairs(page) do
            if not enough(groups) then add(id, class, groups) end
        end
        from = from + 50
    until enough(groups) or #page < 50
end
return answer
