-- Every transaction locks the fare's order first: the fee's order is opened, and takes over the hold, under that lock.
select
    id, trip_id, kind, number, payer_kind, payer_id, rider_id, driver_id, state, amount_minor, held_minor, captured_minor,
    carried_minor, carried_to, credit_minor, of_order_id, currency, provider, customer_ref, method_ref, terms, provider_ref, hold_order_id, least_minor, breakdown, reasons,
    attempts, declines, last_error, retry_at, confirmed_at, driven_distance_m, driven_duration_s, hold_looked_for_at,
    given_up_at, capture_before, created_at, updated_at
from payment_orders
where provider = %(provider)s and provider_ref = %(provider_ref)s
order by kind <> 'fare', kind, number
for update
