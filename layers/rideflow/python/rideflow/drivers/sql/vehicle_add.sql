-- Idempotency key and vehicle. The key comes first, to distinguish a repeat from a second vehicle with the same plate.
with used_key as (
    insert into idempotency_keys (person_id, operation, key, fingerprint, response)
    values (
        %(idempotency_person_id)s, %(idempotency_operation)s, %(idempotency_key)s, %(idempotency_fingerprint)s,
        %(idempotency_response)s
    )
    returning person_id
)
insert into driver_vehicles (id, driver_id, plate, make, model, year, colour, vehicle_class, wheelchair_accessible, added_at)
select
    %(id)s, %(driver_id)s, %(plate)s, %(make)s, %(model)s, %(year)s, %(colour)s, %(vehicle_class)s,
    %(wheelchair_accessible)s, %(added_at)s
from used_key
