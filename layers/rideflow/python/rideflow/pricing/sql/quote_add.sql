with idempotency as (
    insert into idempotency_keys (person_id, operation, key, fingerprint, response)
    values (
        %(idempotency_person_id)s, %(idempotency_operation)s, %(idempotency_key)s, %(idempotency_fingerprint)s,
        %(idempotency_response)s
    )
)
insert into quotes (
    id, rider_id, market, zone, product, needs, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng, distance_m,
    duration_s, line, rate, rates_version, cancellation_terms, surge, breakdown, amount_minor, currency,
    created_at, expires_at
)
values (
    %(id)s, %(rider_id)s, %(market)s, %(zone)s, %(product)s, %(needs)s, %(pickup_lat)s, %(pickup_lng)s,
    %(dropoff_lat)s, %(dropoff_lng)s, %(distance_m)s, %(duration_s)s, %(line)s, %(rate)s, %(rates_version)s,
    %(cancellation_terms)s, %(surge)s, %(breakdown)s, %(amount_minor)s, %(currency)s, %(created_at)s, %(expires_at)s
)
