-- When we heard of the arrival, which a driver may tell late: a rider is no no-show who was not told.
alter table trips add column arrival_told_at timestamptz;

-- Trips that a driver has: when the driver last did something to each, and since when it has been in its state. A trip that
-- was scheduled is counted from its pickup time, until it starts.
create view driven_trips as
select
    id as trip_id, driver_id, state, version, city, quoted_duration_s,
    greatest(assigned_at, arrived_at, arrival_told_at, started_at) as last_act_at,
    case state
        when 'driver_assigned' then greatest(assigned_at, scheduled_for)
        when 'driver_arrived' then greatest(arrived_at, arrival_told_at, scheduled_for)
        else started_at
    end as entered_at
from trips
where state in ('driver_assigned', 'driver_arrived', 'in_progress');
