with used_key as (
    insert into idempotency_keys (person_id, operation, key, fingerprint, response)
    values (
        %(idempotency_person_id)s, %(idempotency_operation)s, %(idempotency_key)s, %(idempotency_fingerprint)s,
        %(idempotency_response)s
    )
    returning person_id
), rated as (
    insert into trip_ratings (trip_id, rater, rater_id, ratee_id, stars, comment, rated_at)
    select %(trip_id)s, %(rater)s, person_id, %(ratee_id)s, %(stars)s, %(comment)s, %(rated_at)s
    from used_key
    returning trip_id
)
select outbox_add(%(events)s) from rated
