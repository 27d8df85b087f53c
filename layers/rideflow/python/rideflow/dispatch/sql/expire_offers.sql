-- Ends the zone's offers and promises whose time is over. An offer that is being answered and a promise that is being kept
-- right now are skipped: the statement waits for no lock. An offer that changed since the statement began is judged by its
-- newest row.
with over as materialized (
    select trip_id, driver_id, state from offers
    where zone = %(zone)s and state in ('open', 'promised') and expires_at <= %(now)s
    for update skip locked
), expired as (
    update offers set state = 'expired', ended_at = %(now)s
    from over
    where offers.trip_id = over.trip_id and offers.driver_id = over.driver_id
    returning
        offers.trip_id, offers.driver_id, offers.zone, coalesce(offers.driver_zone, offers.zone) as driver_zone,
        over.state = 'promised' as was_promised
)
select expired.*, request.rider_id, request.pickup_lat, request.pickup_lng
from expired
join match_requests as request using (trip_id)
