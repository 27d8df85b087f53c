-- Takes the lease of a market's producer, if this message is expected, or nobody has the lease.
--
-- KEYS  producer, watchers
-- ARGV  the message's `due:<id>`, token, now (ms), lease (ms)
-- Answer: 1 if the lease is taken, 0 if another producer has it or is expected, or if nobody watches
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
if redis.call('ZCOUNT', KEYS[2], '(' .. ARGV[3], '+inf') == 0 then
    redis.call('DEL', KEYS[1])
    return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[4])
return 1
