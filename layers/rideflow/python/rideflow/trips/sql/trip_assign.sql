select * from trips_assign(%(trip_id)s, %(driver_id)s, %(at)s, %(vehicle)s, %(events)s)
