create table drivers (
    id uuid primary key,
    name text not null,
    phone text not null,
    licence text not null,
    licence_expires_on date,
    state text not null check (state in ('registered', 'verified')),
    version integer not null check (version > 0),
    registered_at timestamptz not null,
    verified_at timestamptz,
    verified_by uuid,
    online boolean not null default false,
    online_since timestamptz,
    vehicle_id uuid,
    zone text,
    rating_sum integer not null default 0,
    rating_count integer not null default 0,
    constraint drivers_online_are_verified check (not online or state = 'verified'),
    constraint drivers_online_drive_something check (not online or (vehicle_id is not null and zone is not null))
);

create table driver_vehicles (
    id uuid primary key,
    driver_id uuid not null references drivers,
    plate text not null,
    make text not null,
    model text not null,
    year smallint not null,
    colour text not null,
    vehicle_class text not null check (vehicle_class in ('economy', 'comfort', 'xl')),
    added_at timestamptz not null,
    constraint driver_vehicles_plate unique (driver_id, plate),
    constraint driver_vehicles_of_driver unique (driver_id, id)
);

-- A driver drives their own vehicle, never somebody else's.
alter table drivers add constraint drivers_vehicle foreign key (id, vehicle_id)
    references driver_vehicles (driver_id, id);

create index drivers_online on drivers (zone) where online;

-- Which trips a driver's rating counts: an event that comes twice counts once.
create table driver_ratings (
    trip_id uuid primary key,
    driver_id uuid not null,
    stars smallint not null check (stars between 1 and 5),
    rated_at timestamptz not null
);

-- Published: who may be dispatched, in what. The vehicle is the one in use, or used last. No rating before the first.
create view driver_availability as
select
    drivers.id as driver_id, drivers.name, drivers.online, drivers.state = 'verified' as verified, drivers.zone,
    drivers.online_since, vehicles.vehicle_class,
    case when vehicles.id is not null then jsonb_build_object(
        'id', vehicles.id, 'plate', vehicles.plate, 'make', vehicles.make, 'model', vehicles.model,
        'year', vehicles.year, 'colour', vehicles.colour, 'vehicle_class', vehicles.vehicle_class
    ) end as vehicle,
    round(drivers.rating_sum::numeric / nullif(drivers.rating_count, 0), 2) as rating
from drivers
left join driver_vehicles as vehicles on vehicles.id = drivers.vehicle_id;
