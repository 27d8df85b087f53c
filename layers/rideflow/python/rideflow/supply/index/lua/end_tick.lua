-- Ends a tick: reserves the drivers who hold as many offers as they may, gives the lock back and schedules the next
-- tick. A matcher that a newer one has overtaken writes nothing.
--
-- KEYS  tick-lock, tick-fence, tick-due, reserved, then the keys of drivers who can be asked (`keys.askable`)
-- ARGV  token, the next tick's `later:<id>` or '', for how long (ms) to expect it,
--       then for every reserved driver: id, until (ms)
-- Answer: {'fenced'}, or {'done', 1 if the next tick's message is to be sent}
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return {'fenced'} end
for i = 4, #ARGV, 2 do
    redis.call('ZADD', KEYS[4], ARGV[i + 1], ARGV[i])
    for index = 5, #KEYS do redis.call('ZREM', KEYS[index], ARGV[i]) end
end
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
if ARGV[2] ~= '' and redis.call('SET', KEYS[3], ARGV[2], 'NX', 'PX', ARGV[3]) then return {'done', 1} end
return {'done', 0}
