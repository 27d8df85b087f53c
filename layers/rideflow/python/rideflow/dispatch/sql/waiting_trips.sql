-- The open requests of a zone, the longest waiting first, and the number of drivers who were asked for each.
select
    request.trip_id, request.rider_id, request.product, request.pickup_lat, request.pickup_lng,
    request.dropoff_lat, request.dropoff_lng, request.opened_at, request.expires_at,
    count(offers.driver_id) as drivers_asked,
    count(*) filter (where offers.state = 'open' and offers.expires_at > %(now)s) as live_offers,
    count(*) filter (where offers.state = 'promised') > 0 as is_promised
from match_requests as request
left join offers using (trip_id)
where request.zone = %(zone)s and request.closed_at is null and request.expires_at > %(now)s
group by request.trip_id
order by request.opened_at
limit %(limit)s
