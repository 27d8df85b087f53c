-- The event and its news to the others; a repeat stores nothing and tells nothing.
with stored as (
    insert into stripe_events (event_id, type, payload, received_at)
    values (%(event_id)s, %(type)s, %(payload)s, %(received_at)s)
    on conflict (event_id) do nothing
    returning event_id
), outboxed as (
    insert into outbox (id, source, type, detail)
    select event.id, event.source, event.type, event.detail
    from stored
    cross join jsonb_to_recordset(%(events)s) as event (id uuid, source text, type text, detail jsonb)
)
select event_id from stored
