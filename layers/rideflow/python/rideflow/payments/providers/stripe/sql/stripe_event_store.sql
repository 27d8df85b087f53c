-- Store the event, its domain event in the outbox, and the face of a card, unless a newer one was told before. A repeat
-- stores nothing.
with stored as (
    insert into stripe_events (event_id, type, object, received_at)
    values (%(event_id)s, %(type)s, %(object)s, %(received_at)s)
    on conflict (event_id) do nothing
    returning event_id
),
described as (
    insert into payment_methods (
        provider, method_ref, customer_ref, brand, last4, exp_month, exp_year, funding, told_at
    )
    select
        'stripe', face.method_ref, face.customer_ref, face.brand, face.last4, face.exp_month, face.exp_year, face.funding,
        face.told_at
    from stored
    cross join jsonb_to_record(%(face)s::jsonb) as face (
        method_ref text, customer_ref text, brand text, last4 text, exp_month smallint, exp_year smallint, funding text,
        told_at timestamptz
    )
    where %(face)s::jsonb is not null
    on conflict (provider, method_ref) do update
    set
        customer_ref = coalesce(payment_methods.customer_ref, excluded.customer_ref),
        brand = excluded.brand, last4 = excluded.last4, exp_month = excluded.exp_month, exp_year = excluded.exp_year,
        funding = excluded.funding, told_at = excluded.told_at
    where payment_methods.told_at is null or payment_methods.told_at <= excluded.told_at
)
select event_id, outbox_add(%(events)s) from stored
