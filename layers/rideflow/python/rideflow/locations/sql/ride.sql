-- The people of a completed trip, when the ride began and ended, and its pickup and dropoff.
select
    event.driver_id, trip.rider_id,
    min(event.at) filter (where event.type = 'TripStarted') as started_at,
    min(event.at) filter (where event.type = 'TripCompleted') as completed_at,
    trip.pickup_lat, trip.pickup_lng, trip.dropoff_lat, trip.dropoff_lng
from published_trip_events as event
join published_trips as trip using (trip_id)
where trip_id = %(trip_id)s
group by event.driver_id, trip.rider_id, trip.pickup_lat, trip.pickup_lng, trip.dropoff_lat, trip.dropoff_lng
having count(*) filter (where event.type = 'TripStarted') > 0
    and count(*) filter (where event.type = 'TripCompleted') > 0
