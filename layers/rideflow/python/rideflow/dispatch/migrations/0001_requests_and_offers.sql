-- Trips that wait for a driver. A trip whose driver cancelled is opened again in the same row, by another execution of
-- the match saga; `task_token` is what the one that waits now is answered by.
create table match_requests (
    trip_id uuid primary key,
    rider_id uuid not null,
    zone text not null,
    vehicle_class text not null,
    pickup_lat double precision not null,
    pickup_lng double precision not null,
    dropoff_lat double precision not null,
    dropoff_lng double precision not null,
    fare_amount_minor bigint not null,
    currency text not null,
    execution text not null,
    task_token text not null,
    opened_at timestamptz not null,
    expires_at timestamptz not null,
    closed_at timestamptz,
    outcome text check (outcome in ('assigned', 'cancelled', 'no_driver_found')),
    check ((closed_at is null) = (outcome is null))
);
create index match_requests_open on match_requests (zone, opened_at) where closed_at is null;

-- What drivers were asked. The primary key is DI6: nobody is offered the same trip twice, however the first ended.
create table offers (
    trip_id uuid not null references match_requests,
    driver_id uuid not null,
    zone text not null,
    slot smallint not null,
    state text not null check (state in ('open', 'accepted', 'declined', 'expired', 'withdrawn')),
    offered_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz,
    pickup_distance_m integer not null,
    pickup_eta_s integer not null,
    primary key (trip_id, driver_id),
    check ((state = 'open') = (ended_at is null))
);
-- DI4: a driver holds as many live offers as the zone gives slots, one by default.
create unique index offers_one_live_per_slot on offers (driver_id, slot) where state = 'open';
create index offers_open on offers (zone, expires_at) where state = 'open';

-- The newest fencing token that wrote offers in a zone: a matcher that stalled past its lock comes with an older one.
create table zone_fences (
    zone text primary key,
    token bigint not null
);

-- How a zone is dispatched, where it differs from the default (joint assignment, one offer a trip and a driver).
create table zone_strategies (
    zone text primary key,
    strategy text not null check (strategy in ('joint', 'broadcast')),
    offers_per_trip smallint not null default 1 check (offers_per_trip between 1 and 50),
    offers_per_driver smallint not null default 1 check (offers_per_driver between 1 and 10)
);
