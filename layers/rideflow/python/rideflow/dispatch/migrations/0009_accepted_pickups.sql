-- Published: how far from the pickup the driver who took a trip was when they were asked.
create view accepted_pickups as
select trip_id, driver_id, pickup_distance_m from offers where state = 'accepted';
