-- Idempotency key and outbox rows of an operator's offer, which the same transaction has made.
with used_key as (
    insert into idempotency_keys (person_id, operation, key, fingerprint, response)
    values (
        %(idempotency_person_id)s, %(idempotency_operation)s, %(idempotency_key)s, %(idempotency_fingerprint)s,
        %(idempotency_response)s
    )
    returning person_id
)
select outbox_add(%(events)s) from used_key
