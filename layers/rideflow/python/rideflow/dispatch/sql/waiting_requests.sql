-- The open requests of a zone, the longest waiting first, with the drivers who were asked and the zone's strategy,
-- null if it has the default. Trips that a driver has promised to take are left out.
select
    request.trip_id, request.rider_id, request.product, request.pickup_lat, request.pickup_lng,
    request.dropoff_lat, request.dropoff_lng, request.needs,
    request.opened_at, trip.quoted_duration_s, asked.driver_ids, asked.live, asked.next_end,
    zone.strategy, zone.offers_per_trip, zone.offers_per_driver, zone.forward_s
from match_requests as request
join published_trips as trip on trip.trip_id = request.trip_id
left join zone_strategies as zone on zone.zone = request.zone
cross join lateral (
    select
        coalesce(array_agg(driver_id), '{}') as driver_ids,
        count(*) filter (where state = 'open' and expires_at > %(now)s) as live,
        min(expires_at) filter (where state = 'open' and expires_at > %(now)s) as next_end
    from offers
    where offers.trip_id = request.trip_id
) as asked
where request.zone = %(zone)s and request.closed_at is null and request.expires_at > %(now)s
    and not exists (select from offers as promise
        where promise.trip_id = request.trip_id and promise.state = 'promised')
order by request.opened_at
limit %(limit)s
