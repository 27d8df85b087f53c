select id, pickup_at from scheduled_rides where rider_id = %(rider_id)s and state = 'scheduled' order by pickup_at
