select pickup_distance_m from accepted_pickups where trip_id = %(trip_id)s and driver_id = %(driver_id)s
