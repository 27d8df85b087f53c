-- A repeat changes nothing: the payer may have been asked, and may have answered.
insert into payer_actions (order_id, trip_id, payer_id, client_secret, publishable_key)
values (%(order_id)s, %(trip_id)s, %(payer_id)s, %(client_secret)s, %(publishable_key)s)
on conflict (order_id) do nothing
