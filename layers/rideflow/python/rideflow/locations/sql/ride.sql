-- Who drove a completed trip, from when to when.
select
    driver_id,
    min(at) filter (where type = 'TripStarted') as started_at,
    min(at) filter (where type = 'TripCompleted') as completed_at
from trip_timeline
where trip_id = %(trip_id)s
group by driver_id
having count(*) filter (where type = 'TripStarted') > 0 and count(*) filter (where type = 'TripCompleted') > 0
