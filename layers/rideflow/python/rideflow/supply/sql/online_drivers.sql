-- All online drivers.
select driver_id, zone from published_drivers where online
