-- After an assignment: the token to answer, and the drivers who lost their offers of the trip by it. Driver, trip and
-- request are locked. Offers that a tick made while the accept was deciding are withdrawn here; offers of trips that follow
-- this one are newer, and stay.
with left_open as materialized (
    select trip_id, driver_id from offers
    where state in ('open', 'promised') and after_trip_id is distinct from %(trip_id)s and exists (
        select from published_active_trips as active
        where active.trip_id = %(trip_id)s and active.driver_id = %(driver_id)s)
        and (trip_id = %(trip_id)s or driver_id = %(driver_id)s)
    order by trip_id, driver_id
    for update
), withdrawn as (
    update offers set state = 'withdrawn', ended_at = %(now)s
    from left_open
    where offers.trip_id = left_open.trip_id and offers.driver_id = left_open.driver_id
    returning offers.trip_id, offers.driver_id, offers.zone, offers.driver_zone
)
select
    task_token, zone,
    (select coalesce(jsonb_agg(jsonb_build_object('driver_id', driver_id, 'zone', coalesce(driver_zone, zone))), '[]')
        from offers where offers.trip_id = request.trip_id and state = 'withdrawn')
    || (select coalesce(jsonb_agg(jsonb_build_object('driver_id', driver_id, 'zone', coalesce(driver_zone, zone))), '[]')
        from withdrawn where withdrawn.trip_id = request.trip_id)
        as other_drivers,
    (select coalesce(array_agg(distinct zone), '{}') from withdrawn where withdrawn.trip_id <> request.trip_id)
        as other_zones
from match_requests as request
where trip_id = %(trip_id)s and outcome = 'assigned'
