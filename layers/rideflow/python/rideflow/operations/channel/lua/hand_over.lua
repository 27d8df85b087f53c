-- Gives the lease to the producer that a message starts. A producer whose lease is another's gives nothing.
--
-- KEYS  producer;  ARGV  token, `due:<id>` of the message, for how long (ms) to expect it
-- Answer: 1 if the message is to be sent
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
