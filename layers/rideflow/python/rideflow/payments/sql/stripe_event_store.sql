-- Store the event, its domain event in the outbox, and the face of a card with riders. A repeat stores nothing.
with stored as (
    insert into stripe_events (event_id, type, object, received_at)
    values (%(event_id)s, %(type)s, %(object)s, %(received_at)s)
    on conflict (event_id) do nothing
    returning event_id
)
select event_id, outbox_add(%(events)s), published_describe_card(%(face)s::jsonb) from stored
