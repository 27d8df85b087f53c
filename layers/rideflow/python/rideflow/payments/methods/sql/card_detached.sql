insert into payment_methods (provider, method_ref, detached_at)
values (%(provider)s, %(method_ref)s, now())
on conflict (provider, method_ref) do update
set detached_at = coalesce(payment_methods.detached_at, excluded.detached_at)
