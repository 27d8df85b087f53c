-- Offers of the zone whose time is over. One that is being answered right now is left to that answer.
with expired as (
    update offers set state = 'expired', ended_at = %(now)s
    where ctid = any (array(
        select ctid from offers
        where zone = %(zone)s and state = 'open' and expires_at <= %(now)s
        for update skip locked))
    returning trip_id, driver_id, zone, coalesce(driver_zone, zone) as driver_zone
)
select expired.driver_id, expired.zone, expired.driver_zone, request.pickup_lat, request.pickup_lng
from expired
join match_requests as request using (trip_id)
