-- The driver of a completed trip, when the ride began and ended, and its pickup and dropoff.
select
    driver_id,
    min(at) filter (where type = 'TripStarted') as started_at,
    min(at) filter (where type = 'TripCompleted') as completed_at,
    pickup_lat, pickup_lng, dropoff_lat, dropoff_lng
from trip_timeline
join trip_places using (trip_id)
where trip_id = %(trip_id)s
group by driver_id, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng
having count(*) filter (where type = 'TripStarted') > 0 and count(*) filter (where type = 'TripCompleted') > 0
