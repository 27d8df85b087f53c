select trip_id from active_trips where rider_id = %(rider_id)s
