-- The driver's last position and path in this zone.
--
-- KEYS    driver, path
-- Answer: {recorded at (ms), lat, lng, accuracy (m) of the last position, the memory of the phone's clock}, each false
--         if it is not known; then the entries of the path, oldest first
return {redis.call('HMGET', KEYS[1], 'recorded_at', 'lat', 'lng', 'accuracy', 'clock'),
    redis.call('LRANGE', KEYS[2], 0, -1)}
