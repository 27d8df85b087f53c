select rider_id, driver_id from published_trips where trip_id = %(trip_id)s
