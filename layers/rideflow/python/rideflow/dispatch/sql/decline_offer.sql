-- Declines an offer of the trip, whose request is locked, or takes back the driver's promise. An accept of the same offer,
-- or the end of the trip in hand, comes before or after, not between.
with live as materialized (
    select trip_id, driver_id, state from offers
    where trip_id = %(trip_id)s and driver_id = %(driver_id)s and state in ('open', 'promised')
    for update
), declined as (
    update offers set state = 'declined', ended_at = %(now)s
    from live
    join match_requests as request using (trip_id)
    where offers.trip_id = live.trip_id and offers.driver_id = live.driver_id
    returning
        offers.driver_id, offers.zone, coalesce(offers.driver_zone, offers.zone) as driver_zone,
        offers.trip_id, request.rider_id, request.pickup_lat, request.pickup_lng, live.state = 'promised' as was_promised
)
select * from declined
