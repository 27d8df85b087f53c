-- How soon a driver on a trip must be expected to drop off, in seconds, to be offered the next one; 0 asks only free ones.
alter table zone_strategies add column forward_s smallint not null default 0 check (forward_s between 0 and 180);

-- An offer to a driver who is on a trip still: after which one, and when they are expected to be done with it. Accepted, it
-- is a promise until then and a margin (`expires_at`): the trip waits on, and is assigned when the one in hand is completed.
alter table offers
    add column after_trip_id uuid,
    add column free_at timestamptz,
    drop constraint offers_state_check,
    drop constraint offers_check,
    add constraint offers_state_check
        check (state in ('open', 'promised', 'accepted', 'declined', 'expired', 'withdrawn')),
    add constraint offers_check check ((state in ('open', 'promised')) = (ended_at is null)),
    add constraint offers_after_a_trip check ((after_trip_id is null) = (free_at is null)),
    add constraint offers_promised_after_a_trip check (state <> 'promised' or after_trip_id is not null);

-- Two promises at once meet here, and one of them loses.
create unique index offers_one_promise_per_driver on offers (driver_id) where state = 'promised';
create unique index offers_one_promise_per_trip on offers (trip_id) where state = 'promised';
drop index offers_open;
create index offers_live on offers (zone, expires_at) where state in ('open', 'promised');
create index offers_live_of_driver on offers (driver_id) where state in ('open', 'promised');

-- Published: who drives which trip next, for apps that were away, and for positions, whose driver is not free.
create view promised_trips as
select
    offers.trip_id, request.rider_id, offers.driver_id, offers.after_trip_id, offers.free_at,
    offers.offered_at + make_interval(secs => offers.pickup_eta_s) as pickup_at, offers.expires_at as promised_until,
    request.pickup_lat, request.pickup_lng, request.dropoff_lat, request.dropoff_lng
from offers
join match_requests as request using (trip_id)
where offers.state = 'promised' and request.closed_at is null;
