select assigned_distance_m from trips where id = %(trip_id)s and driver_id = %(driver_id)s
