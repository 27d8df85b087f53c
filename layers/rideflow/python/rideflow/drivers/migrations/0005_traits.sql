-- What a ride may need of a driver's vehicle, as its papers say.
alter table driver_vehicles add column wheelchair_accessible boolean not null default false;

-- How many ratings the mean is of, and whether the vehicle takes a wheelchair.
create or replace view driver_availability as
select
    drivers.id as driver_id, drivers.name, drivers.online, drivers.state = 'verified' as verified, drivers.zone,
    drivers.online_since, vehicles.vehicle_class,
    case when vehicles.id is not null then jsonb_build_object(
        'id', vehicles.id, 'plate', vehicles.plate, 'make', vehicles.make, 'model', vehicles.model,
        'year', vehicles.year, 'colour', vehicles.colour, 'vehicle_class', vehicles.vehicle_class,
        'wheelchair_accessible', vehicles.wheelchair_accessible
    ) end as vehicle,
    round(drivers.rating_sum::numeric / nullif(drivers.rating_count, 0), 2) as rating,
    drivers.version, drivers.rating_count
from drivers
left join driver_vehicles as vehicles on vehicles.id = drivers.vehicle_id;
