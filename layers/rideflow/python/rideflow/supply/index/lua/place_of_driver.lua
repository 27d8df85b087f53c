-- Where the driver was last heard of.
--
-- KEYS  the driver's hash;  Answer: {lat, lng}, each false where the driver is not known here
return redis.call('HMGET', KEYS[1], 'lat', 'lng')
