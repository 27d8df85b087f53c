-- The driver's last known place.
--
-- KEYS  driver;  Answer: {lat, lng}, each false if the driver is not known here
return redis.call('HMGET', KEYS[1], 'lat', 'lng')
