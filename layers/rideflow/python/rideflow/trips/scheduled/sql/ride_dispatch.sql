-- Dispatches the ride and requests its trip, with both log entries and all outbox rows, or writes nothing. So no crash
-- leaves a dispatched ride without a trip. Of two sweepers, or of a sweeper and an edit, the second finds another
-- version. If the rider is on a trip, the statement violates `trips_one_active_per_rider`. If they have no card, it
-- writes nothing.
with dispatched as (
    update scheduled_rides
    set state = %(state)s, version = %(version)s, held_up_by = null, trip_id = %(trip_id)s, ended_at = %(at)s
    where
        id = %(id)s and version = %(version)s - 1
        and exists (select from published_default_methods where rider_id = %(rider_id)s)
    returning *
), requested as (
    insert into trips
    select trip.*
    from dispatched
    cross join jsonb_populate_record(null::trips, %(trip)s) as trip
    returning id, version
), trip_logged as (
    insert into trip_events (trip_id, seq, type, at, actor, actor_id, data)
    select id, version, %(trip_type)s, %(at)s, %(actor)s, null, %(trip_data)s
    from requested
), ride_logged as (
    insert into scheduled_ride_events (scheduled_ride_id, seq, type, at, actor, actor_id, data)
    select id, %(version)s, %(type)s, %(at)s, %(actor)s, null, %(data)s
    from dispatched
)
select
    (select outbox_add(%(events)s) from dispatched),
    exists (select from dispatched) as dispatched,
    exists (select from published_default_methods where rider_id = %(rider_id)s) as has_card
