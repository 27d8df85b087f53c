-- Trips that wait for a driver. A trip whose driver cancelled is opened again in the same row, by another execution of
-- the match saga; `task_token` answers the execution that waits now.
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
-- For the count of recent requests, each minute.
create index match_requests_recent on match_requests (zone, opened_at);

-- Offers of trips to drivers. By the primary key nobody is offered the same trip twice, however the first offer ended.
-- `driver_zone` is the zone in which the driver was found when the offer was made: a request near a border is offered to
-- drivers on both sides. An offer to a driver who is still on a trip has that trip (`after_trip_id`) and its expected end
-- (`free_at`). Such an offer becomes a promise when it is accepted, until `free_at` and a margin (`expires_at`): the trip
-- waits on, and is assigned when the trip in hand is completed. `promised_at` stays when the promise has ended. The sweep
-- tells rider and driver of that end, at `end_told_at`, because the function that ended the promise may die before it does.
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
-- A driver holds as many live offers as the zone gives slots, one by default.
create unique index offers_one_live_per_slot on offers (driver_id, slot) where state = 'open';
-- Of two simultaneous promises the second fails at one of these indexes.
create unique index offers_one_promise_per_driver on offers (driver_id) where state = 'promised';
create unique index offers_one_promise_per_trip on offers (trip_id) where state = 'promised';
create index offers_live on offers (zone, expires_at) where state in ('open', 'promised');
create index offers_live_of_driver on offers (driver_id) where state in ('open', 'promised');
create index offers_ended_promises_untold on offers (ended_at)
where promised_at is not null and end_told_at is null and state in ('declined', 'expired', 'withdrawn');

-- The newest fencing token that wrote offers in a zone. A matcher that stalled past the end of its lock has an older one.
create table zone_fences (
    zone text primary key,
    token bigint not null
);

-- Strategies of zones that differ from the default (joint assignment, one offer for each trip and driver). A driver on a
-- trip may be offered the next one if they are expected to drop off within `forward_s` seconds; with 0 only free drivers
-- are asked.
create table zone_strategies (
    zone text primary key,
    strategy text not null check (strategy in ('joint', 'broadcast')),
    offers_per_trip smallint not null check (offers_per_trip between 1 and 50),
    offers_per_driver smallint not null check (offers_per_driver between 1 and 10),
    forward_s smallint not null check (forward_s between 0 and 180)
);
