-- Trips that an operator should look at, and why, in the order in which they were requested.
select stuck.reason, stuck.since, trips.*
from (
    select trip_id, 'driver_silent' as reason, silent_since as since
    from trip_silences
    where listed_at is not null
    union all
    select id, 'too_long', greatest(assigned_at, arrived_at, started_at)
    from trips
    where state in ('driver_assigned', 'driver_arrived', 'in_progress')
        and greatest(assigned_at, arrived_at, started_at) < %(too_long_before)s
        and not exists (select from trip_silences where trip_id = id and listed_at is not null)
    union all
    select id, 'not_settled', ended_at
    from trips
    where settled_at is null and state in ('completed', 'cancelled', 'no_driver_found')
        and ended_at < %(unsettled_before)s
) as stuck
join trips on trips.id = stuck.trip_id
where trips.id > %(after)s
    and (stuck.reason <> 'driver_silent' or trips.state in ('driver_arrived', 'in_progress'))
order by trips.id
limit %(limit)s
