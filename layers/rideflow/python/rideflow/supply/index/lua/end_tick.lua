-- Drivers who hold as many offers as they may are no longer free; the lock is given back and the next tick scheduled.
-- A matcher that a newer one has overtaken writes nothing.
--
-- KEYS  tick-lock, tick-fence, tick-due, reserved, then all that hold drivers who can be asked
-- ARGV  token, the next tick's `later:<id>` or '', for how long (ms) to believe that it will come,
--       then for every reserved driver: id, until (ms)
-- Answer: {'fenced'}, or {'done', 1 when the next tick's message is to be sent}
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return {'fenced'} end
for i = 4, #ARGV, 2 do
    redis.call('ZADD', KEYS[4], ARGV[i + 1], ARGV[i])
    for index = 5, #KEYS do redis.call('ZREM', KEYS[index], ARGV[i]) end
end
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
if ARGV[2] ~= '' and redis.call('SET', KEYS[3], ARGV[2], 'NX', 'PX', ARGV[3]) then return {'done', 1} end
return {'done', 0}
