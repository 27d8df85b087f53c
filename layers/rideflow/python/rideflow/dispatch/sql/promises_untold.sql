-- Promises that ended before the given time and of which the sweep has not told, the longest ended first; and whether the
-- trip waits on, without another promise.
select
    offers.trip_id, offers.driver_id, offers.zone, coalesce(offers.driver_zone, offers.zone) as driver_zone,
    request.rider_id, request.pickup_lat, request.pickup_lng, true as was_promised,
    request.closed_at is null and request.opened_at <= offers.ended_at and not exists (
        select from offers as other where other.trip_id = offers.trip_id and other.state = 'promised') as waits
from offers
join match_requests as request using (trip_id)
where offers.promised_at is not null and offers.end_told_at is null
    and offers.state in ('declined', 'expired', 'withdrawn') and offers.ended_at < %(before)s
order by offers.ended_at
limit %(limit)s
