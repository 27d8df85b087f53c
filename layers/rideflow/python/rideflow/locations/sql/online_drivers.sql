-- Everybody who is online.
select driver_id from driver_availability where online
