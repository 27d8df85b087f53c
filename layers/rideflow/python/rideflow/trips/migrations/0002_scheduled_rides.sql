-- Rides that riders booked ahead. A ride becomes a trip shortly before its pickup time; until then it is no trip, so that
-- its rider can ride meanwhile. Places, product and price are those of its quote. `held_up_by` says why a ride that is due
-- is no trip yet; it stays if the ride was missed for that reason.
create table scheduled_rides (
    id uuid primary key,
    rider_id uuid not null,
    state text not null check (state in ('scheduled', 'dispatched', 'cancelled', 'missed')),
    version integer not null check (version > 0),
    pickup_at timestamptz not null,
    time_zone text not null,
    market text not null,
    zone text not null,
    product text not null,
    needs jsonb not null default '{}',
    pickup_lat double precision not null,
    pickup_lng double precision not null,
    pickup_cell bigint not null,
    dropoff_lat double precision not null,
    dropoff_lng double precision not null,
    dropoff_cell bigint not null,
    quote_id uuid not null,
    quoted_at timestamptz not null,
    quoted_amount_minor bigint not null check (quoted_amount_minor >= 0),
    currency text not null,
    quote_breakdown jsonb not null,
    quoted_distance_m integer not null,
    quoted_duration_s integer not null,
    booked_at timestamptz not null,
    held_up_by text check (held_up_by in ('active_trip', 'payment_method', 'market_withdrawn', 'late')),
    trip_id uuid,
    ended_at timestamptz,
    check ((state = 'dispatched') = (trip_id is not null)),
    check ((state = 'scheduled') = (ended_at is null))
);
create index scheduled_rides_of_rider on scheduled_rides (rider_id, id desc);
create index scheduled_rides_open_of_rider on scheduled_rides (rider_id, pickup_at) where state = 'scheduled';
-- For the sweep of rides that are near their pickup time.
create index scheduled_rides_open on scheduled_rides (pickup_at) where state = 'scheduled';

-- `seq` is the ride's version after the change; `data` are the columns that the change set, always with `state`.
create table scheduled_ride_events (
    scheduled_ride_id uuid not null references scheduled_rides,
    seq integer not null,
    type text not null,
    at timestamptz not null,
    actor text not null check (actor in ('rider', 'system')),
    actor_id uuid,
    data jsonb not null,
    primary key (scheduled_ride_id, seq)
);
create trigger scheduled_ride_events_append_only before update or delete or truncate on scheduled_ride_events
    for each statement execute function refuse_change_of_log();
