-- Stores a change of the ride, with its log entry and outbox row. No row if another change came first.
with changed as (
    update scheduled_rides
    set
        state = %(state)s, version = %(version)s, pickup_at = %(pickup_at)s, time_zone = %(time_zone)s,
        market = %(market)s, zone = %(zone)s, product = %(product)s, needs = %(needs)s,
        pickup_lat = %(pickup_lat)s, pickup_lng = %(pickup_lng)s, pickup_cell = %(pickup_cell)s,
        dropoff_lat = %(dropoff_lat)s, dropoff_lng = %(dropoff_lng)s, dropoff_cell = %(dropoff_cell)s,
        quote_id = %(quote_id)s, quoted_at = %(quoted_at)s, quoted_amount_minor = %(quoted_amount_minor)s,
        currency = %(currency)s, quote_breakdown = %(quote_breakdown)s, quoted_distance_m = %(quoted_distance_m)s,
        quoted_duration_s = %(quoted_duration_s)s, held_up_by = %(held_up_by)s, ended_at = %(ended_at)s
    where id = %(id)s and version = %(version)s - 1
    returning id
), logged as (
    insert into scheduled_ride_events (scheduled_ride_id, seq, type, at, actor, actor_id, data)
    select id, %(version)s, %(type)s, %(at)s, %(actor)s, %(actor_id)s, %(data)s
    from changed
)
select id, outbox_add(%(events)s) from changed
