-- A repeat opens nothing; the caller then reads the order that was opened before. `on conflict` is for concurrent
-- openings: it waits for a transaction that changes the order. A repeat must not wait, since it holds the lock on the trip
-- that the transaction will change.
insert into payment_orders (
    id, trip_id, kind, number, payer_kind, payer_id, rider_id, driver_id, state, amount_minor, held_minor, captured_minor,
    carried_minor, carried_to, credit_minor, of_order_id, currency, provider, customer_ref, method_ref, terms, provider_ref, hold_order_id, least_minor, breakdown, reasons,
    attempts, declines, last_error, retry_at, confirmed_at, driven_distance_m, driven_duration_s, hold_looked_for_at,
    given_up_at, capture_before, created_at, updated_at
)
select
    %(id)s, %(trip_id)s, %(kind)s, %(number)s, %(payer_kind)s, %(payer_id)s, %(rider_id)s, %(driver_id)s, %(state)s,
    %(amount_minor)s, %(held_minor)s, %(captured_minor)s, %(carried_minor)s, %(carried_to)s, %(credit_minor)s,
    %(of_order_id)s, %(currency)s, %(provider)s, %(customer_ref)s,
    %(method_ref)s, %(terms)s, %(provider_ref)s, %(hold_order_id)s, %(least_minor)s, %(breakdown)s, %(reasons)s,
    %(attempts)s, %(declines)s, %(last_error)s, %(retry_at)s, %(confirmed_at)s, %(driven_distance_m)s,
    %(driven_duration_s)s, %(hold_looked_for_at)s, %(given_up_at)s, %(capture_before)s, %(created_at)s, %(updated_at)s
where not exists (
    select from payment_orders where trip_id = %(trip_id)s and kind = %(kind)s and number = %(number)s
)
on conflict (trip_id, kind, number) do nothing
