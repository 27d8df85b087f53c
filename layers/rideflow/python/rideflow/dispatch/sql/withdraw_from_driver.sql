-- Withdraws the live offers and the promise of a driver who is offline. The driver is locked, and stays offline. A late
-- event about a driver who is online again changes nothing: their offers are newer, or may be answered again.
with left_open as materialized (
    select trip_id, driver_id, state from offers
    where driver_id = %(driver_id)s and state in ('open', 'promised')
        and not exists (
            select from published_drivers as back where back.driver_id = %(driver_id)s and back.online)
    order by trip_id
    for update
), withdrawn as (
    update offers set state = 'withdrawn', ended_at = %(now)s
    from left_open
    where offers.trip_id = left_open.trip_id and offers.driver_id = left_open.driver_id
    returning
        offers.trip_id, offers.driver_id, offers.zone, coalesce(offers.driver_zone, offers.zone) as driver_zone,
        left_open.state = 'promised' as was_promised
)
select withdrawn.*, request.rider_id, request.pickup_lat, request.pickup_lng
from withdrawn
join match_requests as request using (trip_id)
order by trip_id
