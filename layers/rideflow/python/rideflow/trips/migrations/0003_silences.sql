-- Trips whose driver's phone is silent: since when, and since when operators see them in their list. The row is deleted when
-- the phone is heard again, or the trip goes on.
create table trip_silences (
    trip_id uuid primary key references trips,
    driver_id uuid not null,
    silent_since timestamptz not null,
    listed_at timestamptz
);

-- Since when a market's positions could be read without a gap, and when last. Silence counts only while they could be read.
create table trip_listening (
    market text primary key,
    since timestamptz not null,
    last_at timestamptz not null
);

-- Trips that have a driver, with the driver's last act on each, and since when it has been in its state. Until it starts, a
-- scheduled trip is counted from its pickup time.
create view driven_trips as
select
    id as trip_id, driver_id, state, version, market, quoted_duration_s,
    greatest(assigned_at, arrived_at, arrival_told_at, started_at) as last_act_at,
    case state
        when 'driver_assigned' then greatest(assigned_at, scheduled_for)
        when 'driver_arrived' then greatest(arrived_at, arrival_told_at, scheduled_for)
        else started_at
    end as entered_at
from trips
where state in ('driver_assigned', 'driver_arrived', 'in_progress');
