-- The one place where a trip gets its driver: offer, trip, event log, outbox and request change together or not at all.
--
-- Locks are taken in one order, so that accepts at once wait for each other and never in a circle: the driver (whose
-- other answers wait) and what they are (going offline waits), the request (whose other drivers wait), then the offers
-- that end, by trip and driver. A driver who is offline gets no trip.
with driver as materialized (
    select pg_advisory_xact_lock(hashtextextended(%(driver_id)s::text, 0))
), online as materialized (
    select held from drivers_hold_online(%(driver_id)s) as held where (select count(*) from driver) = 1
), request as materialized (
    select trip_id from match_requests
    where trip_id = %(trip_id)s and closed_at is null and (select count(*) from online) = 1
    for update
), offer as materialized (
    select offers.trip_id, offers.driver_id, coalesce(offers.driver_zone, offers.zone) as driver_zone
    from request
    join offers using (trip_id)
    where offers.driver_id = %(driver_id)s and offers.state = 'open' and offers.expires_at > %(now)s
    for update of offers
), card as materialized (
    select driver_id, name, rating, coalesce(vehicle, '{}'::jsonb) as vehicle
    from (select %(driver_id)s::uuid as driver_id) as winner
    left join driver_availability using (driver_id)
), assigned as materialized (
    select trip.*
    from offer
    cross join card
    cross join lateral trips_assign(
        offer.trip_id, offer.driver_id, %(now)s, card.vehicle,
        jsonb_build_array(jsonb_build_object(
            'id', %(event_id)s::text, 'source', 'rideflow.trips', 'type', 'DriverAssigned',
            'detail', jsonb_build_object('id', %(event_id)s::text, 'at', %(at)s::text, 'vehicle', card.vehicle)))
    ) as trip
), other as materialized (
    select trip_id, driver_id from offers
    where state = 'open' and (select count(*) from assigned) = 1
        and (trip_id = %(trip_id)s and driver_id <> %(driver_id)s
            or driver_id = %(driver_id)s and trip_id <> %(trip_id)s)
    order by trip_id, driver_id
    for update
), withdrawn as (
    update offers set state = 'withdrawn', ended_at = %(now)s
    from other
    where offers.trip_id = other.trip_id and offers.driver_id = other.driver_id
    returning offers.trip_id, offers.driver_id, offers.zone, offers.driver_zone
), accepted as (
    update offers set state = 'accepted', ended_at = %(now)s
    where trip_id = %(trip_id)s and driver_id = %(driver_id)s and (select count(*) from assigned) = 1
), closed as (
    update match_requests set closed_at = %(now)s, outcome = 'assigned'
    where trip_id = %(trip_id)s and (select count(*) from assigned) = 1
)
select
    assigned.id, rider_id, assigned.driver_id, state, version, city, zone, assigned.vehicle, pickup_lat, pickup_lng,
    card.name as driver_name, card.rating::float as driver_rating,
    (select driver_zone from offer) as driver_zone,
    (select coalesce(jsonb_agg(jsonb_build_object('driver_id', driver_id, 'zone', coalesce(driver_zone, zone))), '[]')
        from withdrawn where trip_id = %(trip_id)s) as other_drivers,
    (select coalesce(array_agg(distinct zone), '{}') from withdrawn where trip_id <> %(trip_id)s) as other_zones
from assigned
cross join card
