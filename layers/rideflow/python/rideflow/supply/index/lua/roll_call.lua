-- Who is in the zone, and when each was last seen: a page, so that Redis serves others between two pages.
--
-- KEYS  seen
-- ARGV  last seen at this time (ms) or later, how many of them to leave out, at most so many
-- Answer: `<id> <time (ms)>;` for each driver, the longest silent first
local read, told = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', ARGV[2], ARGV[3]), {}
for i = 1, #read, 2 do told[#told + 1] = read[i] .. ' ' .. read[i + 1] end
return table.concat(told, ';')
