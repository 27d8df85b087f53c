-- Turns proposals into offers if they are still possible: the trip, whose request `lock_proposed.sql` has locked, still
-- waits and is matching; the driver is online and on no trip, was not asked before, and has a free slot. Offers whose time
-- is over are ended to free their slots, unless another transaction is ending them: waiting for it with the locks held here
-- could deadlock, so their drivers are left to the next tick.
-- A driver who is proposed for after their trip may still be on it, in progress. Drivers who have promised a trip are not
-- asked, and no tick offers a trip that is promised.
with proposed as materialized (
    select proposal.*
    from jsonb_to_recordset(%(proposals)s) as proposal (
        trip_id uuid, driver_id uuid, driver_zone text, pickup_distance_m integer, pickup_eta_s integer,
        free_in_s integer, rank integer)
), request as materialized (
    select match_requests.*
    from match_requests
    where trip_id in (select trip_id from proposed) and closed_at is null and expires_at > %(now)s
), lapsed as (
    update offers set state = 'expired', ended_at = %(now)s
    where ctid = any (array(
        select ctid from offers
        where driver_id in (select driver_id from proposed) and state = 'open' and expires_at <= %(now)s
        for update skip locked))
    returning trip_id, driver_id
), live as (
    select trip_id, driver_id, slot, expires_at from offers
    where state = 'open' and expires_at > %(now)s
        and (driver_id in (select driver_id from proposed) or trip_id in (select trip_id from request))
), possible as (
    select
        proposed.*, trip.scheduled_for, in_hand.trip_id as after_trip_id,
        case when in_hand.trip_id is not null then %(now)s + make_interval(secs => proposed.free_in_s) end as free_at,
        (select count(*) from live where live.trip_id = proposed.trip_id)
            + row_number() over (partition by proposed.trip_id order by proposed.rank) as place,
        (select min(free) from generate_series(0, %(offers_per_driver)s - 1) as free
            where not exists (select from offers as held
                where held.driver_id = proposed.driver_id and held.slot = free and held.state = 'open'
                    and not exists (select from lapsed
                        where lapsed.trip_id = held.trip_id and lapsed.driver_id = held.driver_id))) as slot,
        (select min(expires_at) from live where live.driver_id = proposed.driver_id) as first_end,
        (select count(*) from live where live.driver_id = proposed.driver_id) as held
    from proposed
    join request using (trip_id)
    join published_trips as trip on trip.trip_id = proposed.trip_id and trip.state = 'matching'
    join published_drivers as driver on driver.driver_id = proposed.driver_id and driver.online
    left join published_active_trips as in_hand
        on in_hand.driver_id = proposed.driver_id
            and in_hand.state in ('driver_assigned', 'driver_arrived', 'in_progress')
    where proposed.driver_id <> request.rider_id
        and not exists (select from offers as asked
            where asked.trip_id = proposed.trip_id and asked.driver_id = proposed.driver_id)
        and (in_hand.trip_id is null or in_hand.state = 'in_progress' and proposed.free_in_s is not null
            and %(now)s + make_interval(secs => proposed.free_in_s) < request.expires_at)
        and not exists (select from offers as promise
            where promise.state = 'promised'
                and (promise.driver_id = proposed.driver_id
                    or promise.trip_id = proposed.trip_id and %(token)s::bigint is not null))
), made as (
    insert into offers (
        trip_id, driver_id, zone, driver_zone, slot, state, offered_at, expires_at, pickup_distance_m, pickup_eta_s,
        after_trip_id, free_at)
    select
        trip_id, driver_id, %(zone)s, driver_zone, slot, 'open', %(now)s, %(expires_at)s, pickup_distance_m,
        pickup_eta_s, after_trip_id, free_at
    from possible
    where place <= %(offers_per_trip)s and slot is not null and (select count(*) from lapsed) >= 0
    order by driver_id, trip_id
    on conflict do nothing
    returning trip_id, driver_id, driver_zone, expires_at, pickup_distance_m, pickup_eta_s, after_trip_id
)
select
    made.*, request.product, request.pickup_lat, request.pickup_lng, request.dropoff_lat, request.dropoff_lng,
    request.fare_amount_minor, request.currency,
    case when possible.held + 1 >= %(offers_per_driver)s then least(possible.first_end, made.expires_at) end
        as reserved_until,
    possible.scheduled_for,
    coalesce((request.needs ->> 'wheelchair_accessible')::boolean, false) as wheelchair
from made
join request using (trip_id)
join possible using (trip_id, driver_id)
