-- Subscribes a connection to a market, or prolongs its subscription. A connection watches one market. If nobody produces
-- the market's frames, the caller is to send the message that starts it.
--
-- KEYS  producer, watchers, viewports and revisions of the market, then watchers, viewports and revisions of each other
-- ARGV  connection, now (ms), until (ms), viewport, 1 to begin anew with a snapshot, most watchers,
--       `due:<id>` of a message, for how long (ms) to expect it, for how long (s) to keep what nobody prolongs
-- Answer: 'full', 'start' if the message is to be sent, else 'watching'
local producer, watchers, viewports, revisions = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local connection, now = ARGV[1], tonumber(ARGV[2])
local known = redis.call('ZSCORE', watchers, connection)
local lives = known and tonumber(known) > now
if not lives and redis.call('ZCOUNT', watchers, '(' .. ARGV[2], '+inf') >= tonumber(ARGV[6]) then return 'full' end
for i = 5, #KEYS, 3 do
    redis.call('ZREM', KEYS[i], connection)
    redis.call('HDEL', KEYS[i + 1], connection)
    redis.call('HDEL', KEYS[i + 2], connection)
end
if not lives or ARGV[5] == '1' then redis.call('HDEL', revisions, connection) end
redis.call('ZADD', watchers, ARGV[3], connection)
redis.call('HSET', viewports, connection, ARGV[4])
for i = 2, 4 do redis.call('EXPIRE', KEYS[i], ARGV[9]) end
if redis.call('EXISTS', producer) == 1 then return 'watching' end
redis.call('SET', producer, ARGV[7], 'PX', ARGV[8])
return 'start'
