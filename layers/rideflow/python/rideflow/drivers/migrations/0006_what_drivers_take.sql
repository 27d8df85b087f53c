-- What a driver takes: the kinds of card, and trips that lead where they are heading. How often a day they head somewhere is
-- counted for one day, that of their zone.
alter table drivers
    add column accepted_payments text[] not null default '{credit,debit,prepaid}',
    add column destination_lat double precision,
    add column destination_lng double precision,
    add column destination_until timestamptz,
    add column destination_day date,
    add column destination_uses smallint not null default 0,
    add constraint drivers_destination_wholly check (
        (destination_lat is null) = (destination_lng is null)
        and (destination_lat is null) = (destination_until is null)),
    add constraint drivers_heading_are_online check (destination_lat is null or online);

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
    drivers.version, drivers.rating_count, drivers.accepted_payments,
    drivers.destination_lat, drivers.destination_lng, drivers.destination_until
from drivers
left join driver_vehicles as vehicles on vehicles.id = drivers.vehicle_id;
