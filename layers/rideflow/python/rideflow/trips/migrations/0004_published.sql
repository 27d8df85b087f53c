-- Views of trips that other contexts may read, and the one change that they may ask for. The PIN is for the rider alone:
-- no view has it, and the function does not return it.

create view published_trips as
select
    id as trip_id, rider_id, driver_id, state, zone, product, needs,
    pickup_lat, pickup_lng, dropoff_lat, dropoff_lng,
    quoted_amount_minor, currency, quoted_duration_s, scheduled_for
from trips;
comment on view published_trips is
    'Every trip as it was requested, and its state: dispatch finds drivers by it, locations keep its path.';

create view published_active_trips as
select
    id as trip_id, rider_id, driver_id, state, version, zone, product,
    pickup_lat, pickup_lng, dropoff_lat, dropoff_lng,
    vehicle_id, requested_at, assigned_at, arrived_at, started_at
from trips
where state in ('requested', 'matching', 'driver_assigned', 'driver_arrived', 'in_progress');
comment on view published_active_trips is
    'Trips that are not over: who is on one, and what an app that reconnects shows of it.';

create view published_trip_events as
select
    event.trip_id, trips.rider_id, trips.driver_id, event.seq as version, event.type, event.at,
    event.data ->> 'state' as state, event.data - 'pin' as data
from trip_events as event
join trips on trips.id = event.trip_id;
comment on view published_trip_events is
    'What happened to each trip, for an app that was away and for paths; `state` is the trip''s after the event.';

create view published_trip_charges as
select
    id as trip_id, rider_id, driver_id, state, market, quote_id, quoted_amount_minor, currency, cancellation_fee_minor,
    arrived_at, started_at, ended_at, scheduled_for, arrival_distance_m
from trips;
comment on view published_trip_charges is
    'What each trip is charged by. Waiting counts only since an arrival that the driver''s phone proved.';

-- Assigns the trip to the driver. No row if the trip is not matching any more; a driver who is on another trip violates
-- `trips_one_active_per_driver`. `distance_m` is the driver's distance from the pickup when they were asked. `events` are
-- outbox rows, to which the members are added that only the trip has.
create function published_assign_trip(
    of_trip uuid, to_driver uuid, at timestamptz, in_vehicle uuid, distance_m integer, events jsonb
) returns table (trip_id uuid, state text, version integer, market text) language sql volatile as $$
    with assigned as (
        update trips
        set state = 'driver_assigned', version = trips.version + 1, driver_id = to_driver, vehicle_id = in_vehicle,
            assigned_at = published_assign_trip.at, assigned_distance_m = distance_m
        where trips.id = of_trip and trips.state = 'matching' and trips.rider_id <> to_driver
        returning *
    ), logged as (
        insert into trip_events (trip_id, seq, type, at, actor, actor_id, data)
        select
            id, version, 'DriverAssigned', assigned_at, 'driver', driver_id,
            jsonb_build_object(
                'state', state, 'driver_id', driver_id, 'vehicle_id', vehicle_id, 'assigned_at', assigned_at)
        from assigned
    )
    select id, state, version, market
    from assigned
    cross join lateral outbox_add(events, jsonb_build_object('trip_id', id, 'rider_id', rider_id,
        'driver_id', driver_id, 'version', version, 'state', state, 'zone', zone, 'market', market))
$$;
comment on function published_assign_trip is
    'Gives a trip that is matching its driver, in the transaction in which dispatch also ends the offer.';
