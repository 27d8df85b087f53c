-- The driver with their vehicles, oldest first, and whether they are on a trip.
select
    drivers.*,
    (
        select coalesce(jsonb_agg(to_jsonb(vehicle) - 'driver_id' order by vehicle.added_at, vehicle.id), '[]')
        from driver_vehicles as vehicle
        where vehicle.driver_id = drivers.id
    ) as vehicles,
    exists (select from published_active_trips as active where active.driver_id = drivers.id) as on_trip
from drivers
where drivers.id = %(id)s
