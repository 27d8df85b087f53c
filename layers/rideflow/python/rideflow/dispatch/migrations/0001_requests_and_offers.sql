-- Trips that wait for a driver. A trip whose driver cancelled is opened again in the same row, by another execution of
-- the match saga; `task_token` is what the one that waits now is answered by.
-- `needs` is what the ride requires of its driver besides the vehicle class (`kernel/ride_requirements.py`).
create table match_requests (
    trip_id uuid primary key,
    rider_id uuid not null,
    zone text not null,
    product text not null,
    needs jsonb not null default '{}',
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
-- Where riders asked lately is counted each minute.
create index match_requests_recent on match_requests (zone, opened_at);

-- What drivers were asked. The primary key is DI6: nobody is offered the same trip twice, however the first ended.
-- `driver_zone` is the zone in which the driver was found when the offer was made: a request near a border is offered to
-- drivers on both sides. An offer to a driver who is on a trip still says after which one, and when they are expected to be
-- done with it. Accepted, it is a promise until then and a margin (`expires_at`): the trip waits on, and is assigned when the
-- one in hand is completed. `promised_at` stays when the promise ended; `end_told_at` is when the sweep told its rider and
-- driver so, once more than whoever ended it, who may have died before.
create table offers (
    trip_id uuid not null references match_requests,
    driver_id uuid not null,
    zone text not null,
    driver_zone text,
    slot smallint not null,
    state text not null check (state in ('open', 'promised', 'accepted', 'declined', 'expired', 'withdrawn')),
    offered_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz,
    promised_at timestamptz,
    end_told_at timestamptz,
    pickup_distance_m integer not null,
    pickup_eta_s integer not null,
    after_trip_id uuid,
    free_at timestamptz,
    primary key (trip_id, driver_id),
    check ((state in ('open', 'promised')) = (ended_at is null)),
    constraint offers_after_a_trip check ((after_trip_id is null) = (free_at is null)),
    constraint offers_promised_after_a_trip check (state <> 'promised' or after_trip_id is not null),
    constraint offers_end_told_of_a_promise check (end_told_at is null or promised_at is not null)
);
-- DI4: a driver holds as many live offers as the zone gives slots, one by default.
create unique index offers_one_live_per_slot on offers (driver_id, slot) where state = 'open';
-- Two promises at once meet here, and one of them loses.
create unique index offers_one_promise_per_driver on offers (driver_id) where state = 'promised';
create unique index offers_one_promise_per_trip on offers (trip_id) where state = 'promised';
create index offers_live on offers (zone, expires_at) where state in ('open', 'promised');
create index offers_live_of_driver on offers (driver_id) where state in ('open', 'promised');
create index offers_ended_promises_untold on offers (ended_at)
where promised_at is not null and end_told_at is null and state in ('declined', 'expired', 'withdrawn');

-- The newest fencing token that wrote offers in a zone: a matcher that stalled past its lock comes with an older one.
create table zone_fences (
    zone text primary key,
    token bigint not null
);

-- How a zone is dispatched, where it differs from the default (joint assignment, one offer a trip and a driver).
-- `forward_s` is how soon a driver on a trip must be expected to drop off, in seconds, to be offered the next one; 0 asks only
-- free ones.
create table zone_strategies (
    zone text primary key,
    strategy text not null check (strategy in ('joint', 'broadcast')),
    offers_per_trip smallint not null default 1 check (offers_per_trip between 1 and 50),
    offers_per_driver smallint not null default 1 check (offers_per_driver between 1 and 10),
    forward_s smallint not null default 0 check (forward_s between 0 and 180)
);
