-- Everybody who is online.
select driver_id, zone from published_drivers where online
