-- Trips as they stand. `trip_events` is the log from which a trip can be rebuilt: every change writes both in one statement.
-- `needs` is what the ride needs of its driver, as it was quoted (`kernel/ride_requirements.py`). A trip that was a scheduled
-- ride has its pickup time (`scheduled_for`) and the end of the search for a driver (`waits_until`). `assigned_distance_m` is
-- the driver's distance from the pickup when they were asked (null: nobody asked them). `arrival_told_at` is when the arrival
-- was reported, which may be late: a rider who was not told is no no-show. `arrival_distance_m` is the distance of the
-- driver's phone from the pickup at the arrival (null: not known). `cancellation_terms` are the rules
-- for cancelling it as they were quoted, with their name. `cancel_verdict` is whose fault it is that the trip ended
-- without a ride, and `cancel_rule` the rule that says so. `vehicle_id` names the assigned driver's vehicle, which the
-- context drivers keeps and publishes.
create table trips (
    id uuid primary key,
    rider_id uuid not null,
    driver_id uuid,
    state text not null check (state in (
        'requested', 'matching', 'driver_assigned', 'driver_arrived', 'in_progress', 'completed', 'paid',
        'payment_failed', 'no_driver_found', 'cancelled')),
    version integer not null check (version > 0),
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
    quoted_amount_minor bigint not null check (quoted_amount_minor >= 0),
    currency text not null,
    quote_breakdown jsonb not null,
    quoted_distance_m integer not null,
    quoted_duration_s integer not null,
    cancellation_terms jsonb,
    scheduled_ride_id uuid,
    scheduled_for timestamptz,
    waits_until timestamptz,
    pin text not null,
    pin_attempts smallint not null default 0,
    pin_locked_until timestamptz,
    requested_at timestamptz not null,
    matching_at timestamptz,
    assigned_at timestamptz,
    assigned_distance_m integer,
    arrived_at timestamptz,
    arrival_told_at timestamptz,
    arrival_distance_m integer check (arrival_distance_m >= 0),
    started_at timestamptz,
    completed_at timestamptz,
    ended_at timestamptz,
    settled_at timestamptz,
    cancelled_by text check (cancelled_by in ('rider', 'driver', 'platform')),
    cancel_reason text,
    cancel_verdict text check (cancel_verdict in ('rider', 'driver', 'nobody')),
    cancel_rule text,
    cancellation_fee_minor bigint not null default 0 check (cancellation_fee_minor >= 0),
    vehicle_id uuid,
    driven_distance_m integer,
    driven_duration_s integer,
    final_breakdown jsonb,
    final_amount_minor bigint check (final_amount_minor >= 0),
    constraint trips_driver_where_driven check (
        driver_id is not null
        or state in ('requested', 'matching', 'no_driver_found', 'cancelled')),
    constraint trips_nobody_drives_themselves check (driver_id <> rider_id),
    constraint trips_scheduled_wholly check (
        (scheduled_ride_id is null) = (scheduled_for is null) and (scheduled_for is null) = (waits_until is null))
);

-- Of two simultaneous requests or accepts the second fails at one of these indexes.
create unique index trips_one_active_per_rider on trips (rider_id)
    where state in ('requested', 'matching', 'driver_assigned', 'driver_arrived', 'in_progress');
create unique index trips_one_active_per_driver on trips (driver_id)
    where state in ('driver_assigned', 'driver_arrived', 'in_progress');
create unique index trips_one_of_scheduled_ride on trips (scheduled_ride_id) where scheduled_ride_id is not null;

-- "My trips", newest first: ids sort by time.
create index trips_of_rider on trips (rider_id, id desc);
create index trips_of_driver on trips (driver_id, id desc) where driver_id is not null;

-- For the sweep of stalled trips: few rows of many.
create index trips_unmatched on trips (coalesce(matching_at, requested_at)) where state in ('requested', 'matching');
create index trips_unsettled on trips (ended_at)
    where settled_at is null and state in ('completed', 'cancelled', 'no_driver_found');

-- For the sweep of silent trips.
create index trips_on_their_way on trips (id) where state in ('driver_assigned', 'driver_arrived', 'in_progress');

-- For the lead of scheduled rides, which is reckoned from the time that recent trips took from the search for a driver to
-- the arrival. Scheduled rides are left out: their drivers have time.
create index trips_picked_up on trips (zone, product, arrived_at)
    where arrived_at is not null and scheduled_for is null;

-- `seq` is the trip's version after the change; `data` are the trip's columns that the change set, always with `state`.
create table trip_events (
    trip_id uuid not null references trips,
    seq integer not null,
    type text not null,
    at timestamptz not null,
    actor text not null check (actor in ('rider', 'driver', 'platform', 'system')),
    actor_id uuid,
    data jsonb not null,
    primary key (trip_id, seq)
);

create function refuse_change_of_log() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger trip_events_append_only before update or delete or truncate on trip_events
    for each statement execute function refuse_change_of_log();

create table trip_ratings (
    trip_id uuid not null references trips,
    rater text not null check (rater in ('rider', 'driver')),
    rater_id uuid not null,
    ratee_id uuid not null,
    stars smallint not null check (stars between 1 and 5),
    comment text,
    rated_at timestamptz not null,
    primary key (trip_id, rater)
);
create index trip_ratings_of_ratee on trip_ratings (ratee_id, rated_at);
