-- A trip gets its driver only here: offer, trip, event log, outbox and request change together or not at all. A driver
-- who is still on the trip in hand promises the offered one. When the trip in hand is completed, the same call is made
-- again and keeps the promise.
--
-- The function takes its locks first and then decides. In `read committed` a statement sees what was committed when it
-- began, however long it waits for a lock. Each statement of a volatile function takes a new snapshot. So the last
-- statement, which decides, sees the commits that the locks waited for, and all of them need one round trip.
--
-- All transactions take these locks in one order, so simultaneous accepts wait for each other without a deadlock:
-- 1. the driver: their other answers wait;
-- 2. the driver's row: going offline waits, and a driver who is offline gets no trip;
-- 3. the trip in hand and the offered trip: a completion of the trip in hand waits for the promise, or was seen here;
-- 4. the request: answers of the other drivers wait;
-- 5. the offers that end, by trip and driver.
create function dispatch_accept_offer(
    of_trip uuid, by_driver uuid, assigned_event text, said_at text, accepted_at timestamptz, kept_for interval
) returns table (
    trip_id uuid, rider_id uuid, driver_id uuid, zone text, driver_zone text,
    pickup_lat double precision, pickup_lng double precision,
    state text, version integer, market text, vehicle jsonb, driver_name text, driver_rating double precision,
    after_trip_id uuid, pickup_at timestamptz, promised_until timestamptz, was text,
    other_drivers jsonb, other_zones text[], broken_promises jsonb
) language plpgsql as $$
#variable_conflict use_column
begin
    perform pg_advisory_xact_lock(hashtextextended(by_driver::text, 0));
    if not exists (select from published_hold_online_driver(by_driver)) then
        return;
    end if;
    perform trip_id from published_trips
    where trip_id in (of_trip, (select after_trip_id from offers where trip_id = of_trip and driver_id = by_driver))
    order by trip_id
    for no key update;
    perform from match_requests
    join offers using (trip_id)
    where match_requests.trip_id = of_trip and closed_at is null and offers.driver_id = by_driver
        and (offers.state = 'open' and offers.expires_at > accepted_at or offers.state = 'promised')
    for update;
    if not found then -- No live offer: no row of it was locked, so the expiry of an ended offer need not wait.
        return;
    end if;

    return query
    with request as materialized (
        select trip_id, rider_id, zone, pickup_lat, pickup_lng, expires_at from match_requests where trip_id = of_trip
    ), in_hand as materialized (
        select in_hand.trip_id
        from offers
        join published_trips as in_hand on in_hand.trip_id = offers.after_trip_id
        where offers.trip_id = of_trip and offers.driver_id = by_driver
            and in_hand.driver_id = by_driver and in_hand.state = 'in_progress'
    ), offer as materialized (
        select
            offers.trip_id, offers.driver_id, coalesce(offers.driver_zone, offers.zone) as driver_zone, offers.state,
            offers.after_trip_id, offers.pickup_distance_m,
            offers.offered_at + make_interval(secs => offers.pickup_eta_s) as pickup_at,
            case when offers.state = 'promised' then offers.expires_at
                else least(greatest(offers.free_at, accepted_at) + kept_for, request.expires_at) end as promised_until
        from request
        join offers using (trip_id)
        where offers.driver_id = by_driver
    ), card as materialized (
        select name, rating, vehicle_id, vehicle from published_driver_cards where driver_id = by_driver
    ), assigned as materialized (
        select trip.*
        from offer
        cross join card
        cross join lateral published_assign_trip(
            offer.trip_id, offer.driver_id, accepted_at, card.vehicle_id, offer.pickup_distance_m,
            jsonb_build_array(jsonb_build_object(
                'id', assigned_event, 'source', 'rideflow.trips', 'type', 'DriverAssigned',
                'detail', jsonb_build_object('id', assigned_event, 'at', said_at, 'vehicle_id', card.vehicle_id)))
        ) as trip
        where (select count(*) from in_hand) = 0
    ), promised as materialized (
        select offer.* from offer
        cross join in_hand
    ), other as materialized (
        select trip_id, driver_id, state from offers
        where (select count(*) from assigned) + (select count(*) from promised where state = 'open') = 1
            and state in ('open', 'promised') and (state = 'open' or (select count(*) from assigned) = 1)
            and (trip_id = of_trip and driver_id <> by_driver
                or driver_id = by_driver and trip_id <> of_trip)
        order by trip_id, driver_id
        for update
    ), withdrawn as (
        update offers set state = 'withdrawn', ended_at = accepted_at
        from other
        where offers.trip_id = other.trip_id and offers.driver_id = other.driver_id
        returning offers.trip_id, offers.driver_id, offers.zone, offers.driver_zone, other.state as was
    ), answered as (
        update offers set
            state = case when (select count(*) from assigned) = 1 then 'accepted' else 'promised' end,
            ended_at = case when (select count(*) from assigned) = 1 then accepted_at end,
            promised_at = case when (select count(*) from promised) = 1 then coalesce(promised_at, accepted_at)
                else promised_at end,
            expires_at = case when (select count(*) from promised) = 1 then (select promised_until from promised)
                else expires_at end
        where trip_id = of_trip and driver_id = by_driver
            and (select count(*) from assigned) + (select count(*) from promised) = 1
    ), closed as (
        update match_requests set closed_at = accepted_at, outcome = 'assigned'
        where trip_id = of_trip and (select count(*) from assigned) = 1
    )
    select
        offer.trip_id, request.rider_id, offer.driver_id, request.zone, offer.driver_zone,
        request.pickup_lat, request.pickup_lng,
        assigned.state, assigned.version, assigned.market, card.vehicle,
        card.name as driver_name, card.rating::float as driver_rating,
        promised.after_trip_id, promised.pickup_at, promised.promised_until, promised.state as was,
        (select coalesce(jsonb_agg(jsonb_build_object('driver_id', driver_id, 'zone', coalesce(driver_zone, zone))), '[]')
            from withdrawn where trip_id = of_trip) as other_drivers,
        (select coalesce(array_agg(distinct zone), '{}') from withdrawn where trip_id <> of_trip) as other_zones,
        (select coalesce(jsonb_agg(jsonb_build_object('trip_id', trip_id, 'rider_id', theirs.rider_id)), '[]')
            from withdrawn join match_requests as theirs using (trip_id)
            where trip_id <> of_trip and withdrawn.was = 'promised') as broken_promises
    from offer
    cross join request
    cross join card
    left join assigned on true
    left join promised on true
    where assigned.trip_id is not null or promised.trip_id is not null;
end
$$;
