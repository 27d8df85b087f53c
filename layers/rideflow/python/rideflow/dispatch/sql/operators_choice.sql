-- The facts by which an operator's choice of a driver is judged. Driver, trip and request are locked, so the facts hold
-- until the commit: accepts and the end of the wait are blocked by the request, the rider's cancellation by the trip. Its
-- consumers then find the offer. The strategy is null if the zone has the default.
select
    trip.state as trip_state, request.zone, request.pickup_lat, request.pickup_lng,
    coalesce(trip.state = 'matching' and request.closed_at is null and request.expires_at > %(now)s, false) as waits,
    driver.driver_id is not null as is_known,
    coalesce(request.rider_id = chosen.driver_id, false) as is_rider,
    coalesce(driver.online, false) as is_online,
    request.product, driver.vehicle_class,
    coalesce(request.needs, '{}') as needs, driver.version, driver.wheelchair_accessible, driver.rating,
    driver.rating_count, driver.accepted_payments,
    exists (select from published_active_trips as driven
        where driven.driver_id = chosen.driver_id
            and driven.state in ('driver_assigned', 'driver_arrived', 'in_progress')) as drives,
    (select count(*) from offers as held
        where held.driver_id = chosen.driver_id
            and (held.state = 'open' and held.expires_at > %(now)s or held.state = 'promised')
            and held.trip_id <> %(trip_id)s) as live_offers,
    zone.strategy, zone.offers_per_trip, zone.offers_per_driver, zone.forward_s,
    case
        when earlier.state = 'open' and earlier.expires_at <= %(now)s then 'expired'
        when earlier.state = 'promised' then 'open'
        else earlier.state
    end as earlier
from (select %(driver_id)s::uuid as driver_id) as chosen
left join published_trips as trip on trip.trip_id = %(trip_id)s
left join match_requests as request on request.trip_id = %(trip_id)s
left join zone_strategies as zone on zone.zone = request.zone
left join published_drivers as driver on driver.driver_id = chosen.driver_id
left join offers as earlier on earlier.trip_id = %(trip_id)s and earlier.driver_id = chosen.driver_id
