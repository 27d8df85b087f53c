-- The driver does not want the trip; an accept of the same offer at the same time comes before or after, not between.
with request as materialized (
    select trip_id, pickup_lat, pickup_lng from match_requests where trip_id = %(trip_id)s for update
), declined as (
    update offers set state = 'declined', ended_at = %(now)s
    from request
    where offers.trip_id = request.trip_id and offers.driver_id = %(driver_id)s and offers.state = 'open'
    returning
        offers.driver_id, offers.zone, coalesce(offers.driver_zone, offers.zone) as driver_zone,
        request.pickup_lat, request.pickup_lng
)
select * from declined
