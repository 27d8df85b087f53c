-- Rides for which the search for a driver must begin now, by zone and product. `latest` is the last of the horizons,
-- for the index. Rides that are held up are tried after the others.
select ride.*
from jsonb_to_recordset(%(horizons)s) as horizon (zone text, product text, until timestamptz)
join scheduled_rides as ride
    on ride.zone = horizon.zone and ride.product = horizon.product
    and ride.pickup_at <= horizon.until
where ride.state = 'scheduled' and ride.pickup_at <= %(latest)s
order by ride.held_up_by is not null, ride.pickup_at
limit %(limit)s
