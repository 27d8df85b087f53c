-- A repeat changes nothing: the payer may have been asked, and may have answered.
insert into payer_actions (trip_id, order_id, client_secret, publishable_key)
values (%(trip_id)s, %(order_id)s, %(client_secret)s, %(publishable_key)s)
on conflict (trip_id) do nothing
