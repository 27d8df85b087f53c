select trip_id from published_active_trips where rider_id = %(rider_id)s
