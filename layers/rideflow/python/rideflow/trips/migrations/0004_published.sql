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

-- Published: where each trip was to begin and end, for whoever asks whether its path is known from end to end.
create view trip_places as
select id as trip_id, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng from trips;

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
