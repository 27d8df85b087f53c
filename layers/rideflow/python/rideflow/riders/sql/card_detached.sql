insert into rider_cards (payment_method_id, detached_at)
values (%(payment_method_id)s, now())
on conflict (payment_method_id) do update set detached_at = coalesce(rider_cards.detached_at, excluded.detached_at)
