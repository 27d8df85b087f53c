-- Store the event, and its domain event in the outbox. A repeat stores neither.
with stored as (
    insert into stripe_events (event_id, type, object, received_at)
    values (%(event_id)s, %(type)s, %(object)s, %(received_at)s)
    on conflict (event_id) do nothing
    returning event_id
)
select event_id, outbox_add(%(events)s) from stored
