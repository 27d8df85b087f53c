-- Published: who may be dispatched, in what. The vehicle is the one in use, or used last. No rating before the first.
-- `version` is that of the change of the driver which the row tells of: news of an older one is old.
create view driver_availability as
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

-- Published: keeps a driver who takes trips online until the commit, for the statement in which dispatch gives them one.
-- No row for a driver who is offline. As a volatile function it reads what was committed by now, not when the calling
-- statement began; the share lock makes `go offline` wait for the commit, and then see the trip.
create function drivers_hold_online(driver_id uuid) returns setof uuid language sql volatile as $$
    select drivers.id from drivers where drivers.id = drivers_hold_online.driver_id and drivers.online for share
$$;

-- Published: a driver stays as they are until the commit, and whoever goes online or offline waits for it. The answer is
-- whether they take trips; there is none for somebody who is no driver. As a volatile function it reads what was committed
-- by now, not when the calling statement began.
create function drivers_hold(driver_id uuid) returns setof boolean language sql volatile as $$
    select drivers.online from drivers where drivers.id = drivers_hold.driver_id for share
$$;
