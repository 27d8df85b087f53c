-- The trip that the person promised to take next, or that a driver promised to take for them.
select
    offers.trip_id, case when offers.driver_id = %(person_id)s then offers.after_trip_id end as after_trip,
    offers.offered_at + make_interval(secs => offers.pickup_eta_s) as pickup_at, offers.expires_at as until,
    request.pickup_lat, request.pickup_lng, request.dropoff_lat, request.dropoff_lng
from offers
join match_requests as request using (trip_id)
where offers.state = 'promised' and request.closed_at is null
    and (offers.driver_id = %(person_id)s or request.rider_id = %(person_id)s)
order by offers.driver_id = %(person_id)s desc
limit 1
