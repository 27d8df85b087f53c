-- Idempotency key, driver and outbox rows. The key comes first, to distinguish a repeat from a second registration.
with used_key as (
    insert into idempotency_keys (person_id, operation, key, fingerprint, response)
    values (
        %(idempotency_person_id)s, %(idempotency_operation)s, %(idempotency_key)s, %(idempotency_fingerprint)s,
        %(idempotency_response)s
    )
    returning person_id
), registered as (
    insert into drivers (id, name, phone, licence, licence_expires_on, state, version, registered_at)
    select
        person_id, %(name)s, %(phone)s, %(licence)s, %(licence_expires_on)s, %(state)s, %(version)s, %(registered_at)s
    from used_key
    returning id
)
select outbox_add(%(events)s) from registered
