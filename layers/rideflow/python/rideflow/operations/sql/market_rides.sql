-- The rides of a market that are not over, for staff who look at it, in one answer: which they are with their versions;
-- those that changed since the last reading, or are asked for by id; which of them are offered to a driver; and what
-- happened to those. A commit may show a change that is some seconds old, so `since` is earlier than the last reading, and
-- the reader asks by id for what a version shows to be missing. Trips that have just ended are asked for too.
with living as materialized (
    select
        trip_id, version, state, driver_id, zone, product, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng,
        requested_at, assigned_at, arrived_at, started_at
    from published_active_trips
    where zone = any(%(zones)s)
), changed as materialized (
    select * from living
    where greatest(requested_at, assigned_at, arrived_at, started_at) > %(since)s or trip_id = any(%(asked)s)
), happened as (
    select event.trip_id, event.version, event.type, event.at
    from published_trip_events as event
    where event.trip_id = any(%(asked)s || (select coalesce(array_agg(trip_id), '{}') from changed))
        and event.at > %(events_since)s
)
select
    (select jsonb_agg(jsonb_build_array(trip_id, version)) from living) as living,
    (select jsonb_agg(to_jsonb(changed)) from changed) as changed,
    (select jsonb_agg(distinct trip_id) from published_live_offers
        where zone = any(%(zones)s) and expires_at > %(now)s) as offered,
    (select jsonb_agg(jsonb_build_array(trip_id, version, type, at) order by at, version) from happened) as happened
