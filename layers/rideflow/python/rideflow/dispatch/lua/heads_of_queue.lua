-- The first drivers of a queue who can be offered a trip: heard of lately, on no trip, and no offer of theirs is left to be
-- ended. An offer whose time is over is, or its driver would be asked once more before going to the queue's end; the sweeper
-- ends those whose message was lost.
--
-- KEYS  seen, reserved, idle, places of queued drivers, then the queue of each wanted class
-- ARGV  heard of since (ms), time (ms) before which an offer's end was lost, then for each queue: index of its class, how
--       many are wanted
-- Answer: for every driver found, class by class in the queue's order: id, class, lng, lat, idle since (ms)
local since, lost = tonumber(ARGV[1]), tonumber(ARGV[2])
local answer = {}

local function add(id, class)
    local heard, idle = redis.call('ZSCORE', KEYS[1], id), redis.call('ZSCORE', KEYS[3], id)
    local reserved = redis.call('ZSCORE', KEYS[2], id)
    local place = redis.call('GEOPOS', KEYS[4], id)[1]
    if not (heard and tonumber(heard) >= since and idle and place) then return 0 end
    if reserved and tonumber(reserved) > lost then return 0 end
    for _, value in ipairs({id, class, place[1], place[2], idle}) do answer[#answer + 1] = value end
    return 1
end

for number = 5, #KEYS do
    local class, wanted = tonumber(ARGV[3 + 2 * (number - 5)]), tonumber(ARGV[4 + 2 * (number - 5)])
    local from, found = 0, 0
    repeat
        local page = redis.call('ZRANGE', KEYS[number], from, from + 49)
        for _, id in ipairs(page) do
            if found < wanted then found = found + add(id, class) end
        end
        from = from + 50
    until found >= wanted or #page < 50
end
return answer
