-- The data of drivers that other contexts may read, and the locks that they may take. A driver's vehicle is the one in
-- use, or used last. `rating` is null before the first rating.

create view published_drivers as
select
    drivers.id as driver_id, drivers.version, drivers.online, drivers.zone,
    vehicles.vehicle_class, coalesce(vehicles.wheelchair_accessible, false) as wheelchair_accessible,
    round(drivers.rating_sum::numeric / nullif(drivers.rating_count, 0), 2) as rating, drivers.rating_count,
    drivers.accepted_payments, drivers.takes_upgrades, drivers.destination_lat, drivers.destination_lng, drivers.destination_until
from drivers
left join driver_vehicles as vehicles on vehicles.id = drivers.vehicle_id;
comment on view published_drivers is
    'Drivers for dispatch: where they are online, and which rides they take. `version` counts their changes.';

create view published_driver_cards as
select
    drivers.id as driver_id, drivers.name,
    case when vehicles.id is not null then jsonb_build_object(
        'id', vehicles.id, 'plate', vehicles.plate, 'make', vehicles.make, 'model', vehicles.model,
        'year', vehicles.year, 'colour', vehicles.colour, 'vehicle_class', vehicles.vehicle_class,
        'wheelchair_accessible', vehicles.wheelchair_accessible
    ) end as vehicle,
    round(drivers.rating_sum::numeric / nullif(drivers.rating_count, 0), 2) as rating
from drivers
left join driver_vehicles as vehicles on vehicles.id = drivers.vehicle_id;
comment on view published_driver_cards is 'The driver and vehicle that riders are shown.';

-- The function is volatile, so it reads what is committed by now, not what was when the calling statement began. The
-- share lock makes `go offline` wait for the commit, and then see the trip. No row for a driver who is offline.
create function published_hold_online_driver(driver uuid) returns setof uuid language sql volatile as $$
    select drivers.id from drivers where drivers.id = driver and drivers.online for share
$$;
comment on function published_hold_online_driver is
    'Keeps an online driver online until the commit, in which dispatch gives them a trip.';

-- Returns whether the driver is online, or no row for a person who is not a driver. It is volatile for the same reason.
create function published_hold_driver(driver uuid) returns setof boolean language sql volatile as $$
    select drivers.online from drivers where drivers.id = driver for share
$$;
comment on function published_hold_driver is
    'Keeps a driver unchanged until the commit: going online or offline waits for it.';
