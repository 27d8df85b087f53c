-- Delete a batch of keys that were used before then, the oldest first.
with forgotten as materialized (
    select person_id, operation, key from idempotency_keys
    where created_at < %(used_before)s
    order by created_at
    limit %(limit)s
    for update skip locked
)
delete from idempotency_keys using forgotten
where idempotency_keys.person_id = forgotten.person_id and idempotency_keys.operation = forgotten.operation
    and idempotency_keys.key = forgotten.key
