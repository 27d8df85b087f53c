-- Rides whose time to look for a driver has come, zone by zone. Those that are held up are tried after the others.
select ride.*
from jsonb_to_recordset(%(horizons)s) as horizon (zone text, vehicle_class text, until timestamptz)
join scheduled_rides as ride
    on ride.zone = horizon.zone and ride.vehicle_class = horizon.vehicle_class
    and ride.state = 'scheduled' and ride.pickup_at <= horizon.until
order by ride.held_up_by is not null, ride.pickup_at
limit %(limit)s
