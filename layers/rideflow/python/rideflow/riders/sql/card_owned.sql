-- A card never changes its rider.
insert into rider_cards (payment_method_id, rider_id, stripe_customer_id)
values (%(payment_method_id)s, %(rider_id)s, %(stripe_customer_id)s)
on conflict (payment_method_id) do update
set
    rider_id = coalesce(rider_cards.rider_id, excluded.rider_id),
    stripe_customer_id = coalesce(rider_cards.stripe_customer_id, excluded.stripe_customer_id)
