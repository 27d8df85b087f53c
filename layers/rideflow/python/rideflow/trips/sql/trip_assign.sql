select trip_id from published_assign_trip(%(trip_id)s, %(driver_id)s, %(at)s, %(vehicle)s, null, %(events)s)
