-- A card never changes its rider.
insert into payment_methods (provider, method_ref, rider_id, customer_ref)
values (%(provider)s, %(method_ref)s, %(rider_id)s, %(customer_ref)s)
on conflict (provider, method_ref) do update
set
    rider_id = coalesce(payment_methods.rider_id, excluded.rider_id),
    customer_ref = coalesce(payment_methods.customer_ref, excluded.customer_ref)
