-- Everybody who is online.
select driver_id, zone from driver_availability where online
