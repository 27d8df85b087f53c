select min(pickup_at) as pickup_at from scheduled_rides where state = 'scheduled'
