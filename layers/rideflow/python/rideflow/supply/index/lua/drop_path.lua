-- Deletes the points of a trip whose path was archived, and points that are too old. Other trips' points stay.
--
-- KEYS  path, driver;  ARGV  trip id, time (ms) before which no point is kept
-- Answer: how many points stay
local trip, since, kept = ARGV[1], tonumber(ARGV[2]), {}
for _, point in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
    local of, at = string.match(point, '^(%S+) (%d+)')
    if of ~= trip and tonumber(at) >= since then kept[#kept + 1] = point end
end
local before = redis.call('HGET', KEYS[2], 'before')
if before and string.match(before, '^%S+') == trip then redis.call('HDEL', KEYS[2], 'before') end
redis.call('DEL', KEYS[1])
for _, point in ipairs(kept) do redis.call('RPUSH', KEYS[1], point) end
if #kept > 0 then redis.call('EXPIRE', KEYS[1], 172800) end
return #kept
