-- A trip's path was archived: its points go, and what nobody asked for in days; those of another trip stay.
--
-- KEYS  path, driver;  ARGV  trip id, time (ms) before which nothing is kept
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
