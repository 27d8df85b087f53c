-- Moves drivers who declined an offer or let it expire to their queue's end. A driver who has left the queue stays out.
--
-- KEYS  the queue's drivers of each class;  ARGV  now (ms), each driver's id
for argument = 2, #ARGV do
    for number = 1, #KEYS do
        if redis.call('ZSCORE', KEYS[number], ARGV[argument]) then
            local last = redis.call('ZREVRANGE', KEYS[number], 0, 0, 'WITHSCORES')
            redis.call('ZADD', KEYS[number], math.max(tonumber(ARGV[1]), tonumber(last[2]) + 1), ARGV[argument])
        end
    end
end
return 1
