-- Offers and promises of the zone whose time is over. One that is being answered, or kept, right now is left to that: no
-- lock is waited for, and an offer that was changed since the statement began is judged as it is by now.
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
