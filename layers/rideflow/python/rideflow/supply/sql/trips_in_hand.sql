-- Every trip that has a driver, as the driver has it now.
select driver_id, trip_id, rider_id, state, version, assigned_at, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng
from published_active_trips
where driver_id is not null and state in ('driver_assigned', 'driver_arrived', 'in_progress')
