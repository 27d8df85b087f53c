-- Saves the order, with its outbox rows and, if one is issued, its receipt: the order as it is now. What was asked of the payer
-- is forgotten when the order leaves `pending`: the secret is of use to nobody any more. A receipt names no amounts of earlier
-- orders if less was captured than with them: then none of them is paid.
with answered as (
    delete from payer_actions
    where trip_id = %(trip_id)s and order_id = %(id)s and %(state)s <> 'pending'
),
saved as (
    update payment_orders
    set
        state = %(state)s, driver_id = %(driver_id)s, amount_minor = %(amount_minor)s, held_minor = %(held_minor)s,
        captured_minor = %(captured_minor)s, carried_minor = %(carried_minor)s, provider_ref = %(provider_ref)s,
        hold_order_id = %(hold_order_id)s, least_minor = %(least_minor)s, breakdown = %(breakdown)s, reasons = %(reasons)s,
        attempts = %(attempts)s, declines = %(declines)s, last_error = %(last_error)s, retry_at = %(retry_at)s,
        confirmed_at = %(confirmed_at)s,
        driven_distance_m = %(driven_distance_m)s, driven_duration_s = %(driven_duration_s)s,
        hold_looked_for_at = %(hold_looked_for_at)s, given_up_at = %(given_up_at)s, capture_before = %(capture_before)s,
        updated_at = %(updated_at)s
    where id = %(id)s
    returning *
),
issued as (
    insert into receipts (
        order_id, trip_id, payer_kind, payer_id, rider_id, driver_id, kind, breakdown, reasons, amount_minor,
        carried_minor, credit_minor, charged_minor, currency, provider, method_ref, issued_at
    )
    select
        id, trip_id, payer_kind, payer_id, rider_id, driver_id, kind, breakdown, reasons, amount_minor,
        case when captured_minor < amount_minor + carried_minor - credit_minor then 0 else carried_minor end,
        credit_minor, captured_minor, currency, provider, method_ref, updated_at
    from saved
    where %(with_receipt)s
)
select outbox_add(%(events)s) from saved
