-- The trip as its driver has it now.
select trip_id, rider_id, state, version, assigned_at, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng
from published_active_trips
where trip_id = %(trip_id)s and driver_id = %(driver_id)s
