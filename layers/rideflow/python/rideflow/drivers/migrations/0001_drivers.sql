-- Drivers with their traits. `accepted_payments`, `takes_upgrades` and `destination_…` say which rides the driver takes: by kind of card, as
-- upgrades, and towards a destination. `destination_uses` counts the destinations that were set on `destination_day`,
-- which is a date in the market of the driver's zone.
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
    accepted_payments text[] not null default '{credit,debit,prepaid}',
    takes_upgrades boolean not null default false,
    destination_lat double precision,
    destination_lng double precision,
    destination_until timestamptz,
    destination_day date,
    destination_uses smallint not null default 0,
    rating_sum integer not null default 0,
    rating_count integer not null default 0,
    constraint drivers_online_are_verified check (not online or state = 'verified'),
    constraint drivers_online_drive_something check (not online or (vehicle_id is not null and zone is not null)),
    constraint drivers_destination_wholly check (
        (destination_lat is null) = (destination_lng is null)
        and (destination_lat is null) = (destination_until is null)),
    constraint drivers_heading_are_online check (destination_lat is null or online)
);
create index drivers_online on drivers (zone) where online;

create table driver_vehicles (
    id uuid primary key,
    driver_id uuid not null references drivers,
    plate text not null,
    make text not null,
    model text not null,
    year smallint not null,
    colour text not null,
    vehicle_class text not null, -- a class of some market
    added_at timestamptz not null,
    wheelchair_accessible boolean not null default false, -- as the vehicle's papers say
    constraint driver_vehicles_plate unique (driver_id, plate),
    constraint driver_vehicles_of_driver unique (driver_id, id)
);

-- A driver drives only their own vehicles.
alter table drivers add constraint drivers_vehicle foreign key (id, vehicle_id)
    references driver_vehicles (driver_id, id);

-- The ratings that are counted for a driver, one for each trip: an event that comes twice counts once.
create table driver_ratings (
    trip_id uuid primary key,
    driver_id uuid not null,
    stars smallint not null check (stars between 1 and 5),
    rated_at timestamptz not null
);
