-- Of two answers of Stripe the one that was asked for later stays, in whichever order they are recorded.
insert into rider_cards (payment_method_id, stripe_customer_id, brand, last4, exp_month, exp_year, funding, read_at)
values (
    %(payment_method_id)s, %(stripe_customer_id)s, %(brand)s, %(last4)s, %(exp_month)s, %(exp_year)s, %(funding)s,
    %(read_at)s
)
on conflict (payment_method_id) do update
set
    stripe_customer_id = coalesce(rider_cards.stripe_customer_id, excluded.stripe_customer_id),
    brand = excluded.brand, last4 = excluded.last4, exp_month = excluded.exp_month, exp_year = excluded.exp_year,
    funding = excluded.funding, read_at = excluded.read_at
where rider_cards.read_at is null or rider_cards.read_at <= excluded.read_at
