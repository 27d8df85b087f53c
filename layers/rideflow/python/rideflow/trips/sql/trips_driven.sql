-- Every trip that somebody drives, and since when its driver has been silent, if that is known.
select
    trips.id as trip_id, trips.driver_id, trips.state, trips.version, trips.city,
    greatest(trips.assigned_at, trips.arrived_at, trips.started_at) as last_act_at, silence.silent_since
from trips
left join trip_silences as silence on silence.trip_id = trips.id and silence.driver_id = trips.driver_id
where trips.state in ('driver_assigned', 'driver_arrived', 'in_progress')
