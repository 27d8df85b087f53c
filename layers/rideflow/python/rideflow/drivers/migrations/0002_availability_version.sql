-- Which change of the driver the availability is that of: news of an older one is old.
create or replace view driver_availability as
select
    drivers.id as driver_id, drivers.name, drivers.online, drivers.state = 'verified' as verified, drivers.zone,
    drivers.online_since, vehicles.vehicle_class,
    case when vehicles.id is not null then jsonb_build_object(
        'id', vehicles.id, 'plate', vehicles.plate, 'make', vehicles.make, 'model', vehicles.model,
        'year', vehicles.year, 'colour', vehicles.colour, 'vehicle_class', vehicles.vehicle_class
    ) end as vehicle,
    round(drivers.rating_sum::numeric / nullif(drivers.rating_count, 0), 2) as rating,
    drivers.version
from drivers
left join driver_vehicles as vehicles on vehicles.id = drivers.vehicle_id;
