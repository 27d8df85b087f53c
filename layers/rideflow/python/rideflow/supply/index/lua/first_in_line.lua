-- The first drivers of a queue who can be offered a trip: heard of lately, on no trip, and no offer of theirs is left to be
-- ended. An offer whose time is over is, or its driver would be asked once more before going to the queue's end; the sweeper
-- ends those whose message was lost. The queue is walked until there are enough for all who wait, each by what they need.
--
-- KEYS  seen, reserved, idle, places of queued drivers, traits, then the queue of each wanted class
-- ARGV  heard of since (ms), time (ms) before which an offer's end was lost, now (ms), then for each queue: index of its
--       class, how many lots of riders wait; and for each lot: how many drivers are wanted, 1 for a wheelchair, least
--       rating or '', kind of payment or '', 1 if the driver must take upgrades
-- Answer: for every driver found, class by class in the queue's order: id, class, lng, lat, idle since (ms), traits
local since, lost, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local answer, argument = {}, 4

-- Whether any lot still wants this driver. A driver with a destination may not take the trip, and does not count.
local function wanted_by(lots, entry)
    local accessible, rating, wishes, till = string.match(entry, '^%d+|(%d)|([%d.]*)|([%a,]*)|.-([%d.]*)$')
    local heading, wanted = (tonumber(till) or 0) * 1000 > now, false
    for _, lot in ipairs(lots) do
        local suits = (lot.wheelchair ~= '1' or accessible == '1')
            and not (lot.rating and tonumber(rating) and tonumber(rating) < lot.rating)
            and (lot.payment == '' or not string.find(wishes or '', lot.payment, 1, true))
            and (lot.upgrade ~= '1' or string.find(wishes or '', 'upgrades', 1, true))
        if suits and lot.drivers > 0 then
            wanted = true
            if not heading then lot.drivers = lot.drivers - 1 end
        end
    end
    return wanted
end

local function add(id, class, lots)
    local heard, idle = redis.call('ZSCORE', KEYS[1], id), redis.call('ZSCORE', KEYS[3], id)
    local reserved = redis.call('ZSCORE', KEYS[2], id)
    local place = redis.call('GEOPOS', KEYS[4], id)[1]
    if not (heard and tonumber(heard) >= since and idle and place) then return end
    if reserved and tonumber(reserved) > lost then return end
    local entry = redis.call('HGET', KEYS[5], id) or ''
    if not wanted_by(lots, entry) then return end
    for _, value in ipairs({id, class, place[1], place[2], idle, entry}) do answer[#answer + 1] = value end
end

local function enough(lots)
    for _, lot in ipairs(lots) do
        if lot.drivers > 0 then return false end
    end
    return true
end

for number = 6, #KEYS do
    local class, lots, from = tonumber(ARGV[argument]), {}, 0
    for lot = 1, tonumber(ARGV[argument + 1]) do
        local at = argument + 2 + (lot - 1) * 5
        lots[lot] = {drivers = tonumber(ARGV[at]), wheelchair = ARGV[at + 1], rating = tonumber(ARGV[at + 2]),
            payment = ARGV[at + 3], upgrade = ARGV[at + 4]}
    end
    argument = argument + 2 + #lots * 5
    repeat
        local page = redis.call('ZRANGE', KEYS[number], from, from + 49)
        for _, id in ipairs(page) do
            if not enough(lots) then add(id, class, lots) end
        end
        from = from + 50
    until enough(lots) or #page < 50
end
return answer
