-- Writes idempotency key, trip, log entry and outbox rows, or nothing. The key comes first, so that a repeat is
-- distinguished from a second trip. If the rider has no card, nothing is written and no row is returned.
with used_key as (
    insert into idempotency_keys (person_id, operation, key, fingerprint, response)
    select
        %(idempotency_person_id)s, %(idempotency_operation)s, %(idempotency_key)s, %(idempotency_fingerprint)s,
        %(idempotency_response)s
    where exists (select from published_default_methods where rider_id = %(rider_id)s)
    returning person_id
), requested as (
    insert into trips (
        id, rider_id, state, version, market, zone, product, needs,
        pickup_lat, pickup_lng, pickup_cell, dropoff_lat, dropoff_lng, dropoff_cell,
        quote_id, quoted_amount_minor, currency, quote_breakdown, quoted_distance_m, quoted_duration_s,
        cancellation_terms, pin, requested_at
    )
    select
        %(id)s, person_id, %(state)s, %(version)s, %(market)s, %(zone)s, %(product)s, %(needs)s,
        %(pickup_lat)s, %(pickup_lng)s, %(pickup_cell)s, %(dropoff_lat)s, %(dropoff_lng)s, %(dropoff_cell)s,
        %(quote_id)s, %(quoted_amount_minor)s, %(currency)s, %(quote_breakdown)s, %(quoted_distance_m)s,
        %(quoted_duration_s)s, %(cancellation_terms)s, %(pin)s, %(requested_at)s
    from used_key
    returning id
), logged as (
    insert into trip_events (trip_id, seq, type, at, actor, actor_id, data)
    select id, %(version)s, %(type)s, %(at)s, %(actor)s, %(actor_id)s, %(data)s
    from requested
)
select id, outbox_add(%(events)s) from requested
