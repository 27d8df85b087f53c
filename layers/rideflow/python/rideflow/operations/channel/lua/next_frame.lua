-- Before each frame: prolongs the producer's lease, forgets subscriptions that have ended, and counts up the revisions of
-- the others. If nobody watches, the lease ends in the same step, so whoever comes next starts another producer.
--
-- KEYS  producer, watchers, viewports, revisions
-- ARGV  token, now (ms), lease (ms), for how long (s) to keep revisions that nobody prolongs
-- Answer: false if the lease is another's or nobody watches, else {connection, viewport, revision} of each
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return false end
for _, ended in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[2])) do
    redis.call('ZREM', KEYS[2], ended)
    redis.call('HDEL', KEYS[3], ended)
    redis.call('HDEL', KEYS[4], ended)
end
local answer = {}
for _, connection in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
    local revision = tonumber(redis.call('HGET', KEYS[4], connection) or 0) + 1
    redis.call('HSET', KEYS[4], connection, revision)
    answer[#answer + 1] = {connection, redis.call('HGET', KEYS[3], connection), revision}
end
if #answer == 0 then
    redis.call('DEL', KEYS[1])
    return false
end
redis.call('EXPIRE', KEYS[4], ARGV[4])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return answer
