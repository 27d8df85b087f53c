-- A trip as it stands. `trip_events` is the log it can be rebuilt from: every change writes both in one statement.
create table trips (
    id uuid primary key,
    rider_id uuid not null,
    driver_id uuid,
    state text not null check (state in (
        'requested', 'matching', 'driver_assigned', 'driver_arrived', 'in_progress', 'completed', 'paid',
        'payment_failed', 'no_driver_found', 'cancelled')),
    version integer not null check (version > 0),
    city text not null,
    zone text not null,
    vehicle_class text not null,
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
    pin text not null,
    pin_attempts smallint not null default 0,
    pin_locked_until timestamptz,
    requested_at timestamptz not null,
    matching_at timestamptz,
    assigned_at timestamptz,
    arrived_at timestamptz,
    started_at timestamptz,
    completed_at timestamptz,
    ended_at timestamptz,
    settled_at timestamptz,
    cancelled_by text check (cancelled_by in ('rider', 'driver', 'provider')),
    cancel_reason text,
    cancellation_fee_minor bigint not null default 0 check (cancellation_fee_minor >= 0),
    vehicle jsonb,
    driven_distance_m integer,
    driven_duration_s integer,
    final_breakdown jsonb,
    final_amount_minor bigint check (final_amount_minor >= 0),
    constraint trips_driver_where_driven check (
        driver_id is not null
        or state in ('requested', 'matching', 'no_driver_found', 'cancelled')),
    constraint trips_nobody_drives_themselves check (driver_id <> rider_id)
);

-- TR7 and DI5: two requests or two accepts at once meet here, and one of them loses.
create unique index trips_one_active_per_rider on trips (rider_id)
    where state in ('requested', 'matching', 'driver_assigned', 'driver_arrived', 'in_progress');
create unique index trips_one_active_per_driver on trips (driver_id)
    where state in ('driver_assigned', 'driver_arrived', 'in_progress');

-- "My trips", newest first: ids sort by time.
create index trips_of_rider on trips (rider_id, id desc);
create index trips_of_driver on trips (driver_id, id desc) where driver_id is not null;

-- What the stuck-trip sweeper looks through: few rows of many.
create index trips_unmatched on trips (coalesce(matching_at, requested_at)) where state in ('requested', 'matching');
create index trips_unsettled on trips (ended_at)
    where settled_at is null and state in ('completed', 'cancelled', 'no_driver_found');

-- `seq` is the trip's version after the change; `data` are the trip's columns that the change set, always with `state`.
create table trip_events (
    trip_id uuid not null references trips,
    seq integer not null,
    type text not null,
    at timestamptz not null,
    actor text not null check (actor in ('rider', 'driver', 'provider', 'system')),
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

-- Published: trips that are not over, for contexts that must know who is on one. The PIN is the rider's alone.
create view active_trips as
select
    id as trip_id, rider_id, driver_id, state, version, city, zone, vehicle_class,
    pickup_lat, pickup_lng, pickup_cell, dropoff_lat, dropoff_lng, dropoff_cell,
    vehicle, requested_at, matching_at, assigned_at, arrived_at, started_at
from trips
where state in ('requested', 'matching', 'driver_assigned', 'driver_arrived', 'in_progress');

-- Published: what happened to each trip, for an app that was away. `state` is the trip's after the event.
create view trip_timeline as
select
    event.trip_id, trips.rider_id, trips.driver_id, event.seq as version, event.type, event.at,
    event.data ->> 'state' as state, event.actor, event.data - 'pin' as data
from trip_events as event
join trips on trips.id = event.trip_id;

-- Published: the assignment, for the statement in which dispatch also closes the offer. No row means that the trip was
-- not there to be had; a driver who is on another trip violates `trips_one_active_per_driver`. `events` are outbox rows;
-- what only the trip knows is filled in here.
create function trips_assign(trip_id uuid, driver_id uuid, at timestamptz, vehicle jsonb, events jsonb)
returns setof trips language sql volatile as $$
    with assigned as (
        update trips
        set state = 'driver_assigned', version = trips.version + 1, driver_id = trips_assign.driver_id,
            vehicle = trips_assign.vehicle, assigned_at = trips_assign.at
        where trips.id = trips_assign.trip_id and trips.state = 'matching' and trips.rider_id <> trips_assign.driver_id
        returning *
    ), logged as (
        insert into trip_events (trip_id, seq, type, at, actor, actor_id, data)
        select
            id, version, 'DriverAssigned', assigned_at, 'driver', assigned.driver_id,
            jsonb_build_object('state', state, 'driver_id', assigned.driver_id, 'vehicle', assigned.vehicle,
                'assigned_at', assigned_at)
        from assigned
    ), outboxed as (
        insert into outbox (id, source, type, detail)
        select
            event.id, event.source, event.type,
            event.detail || jsonb_build_object('trip_id', assigned.id, 'rider_id', rider_id,
                'driver_id', assigned.driver_id, 'version', version, 'state', state, 'zone', zone, 'city', city)
        from assigned
        cross join jsonb_to_recordset(trips_assign.events) as event (id uuid, source text, type text, detail jsonb)
    )
    select * from assigned
$$;
