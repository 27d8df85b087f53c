-- Published: who drives which trip next, for apps that were away, and for positions, whose driver is not free.
create view promised_trips as
select
    offers.trip_id, request.rider_id, offers.driver_id, offers.after_trip_id, offers.free_at,
    offers.offered_at + make_interval(secs => offers.pickup_eta_s) as pickup_at, offers.expires_at as promised_until,
    request.pickup_lat, request.pickup_lng, request.dropoff_lat, request.dropoff_lng
from offers
join match_requests as request using (trip_id)
where offers.state = 'promised' and request.closed_at is null;

-- Published: how far from the pickup the driver who took a trip was when they were asked.
create view accepted_pickups as
select trip_id, driver_id, pickup_distance_m from offers where state = 'accepted';
