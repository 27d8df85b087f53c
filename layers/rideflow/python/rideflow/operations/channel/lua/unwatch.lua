-- Ends subscriptions, in whichever of these markets they are.
--
-- KEYS  watchers, viewports and revisions of each market;  ARGV  connections
for i = 1, #KEYS, 3 do
    redis.call('ZREM', KEYS[i], unpack(ARGV))
    redis.call('HDEL', KEYS[i + 1], unpack(ARGV))
    redis.call('HDEL', KEYS[i + 2], unpack(ARGV))
end
return 1
