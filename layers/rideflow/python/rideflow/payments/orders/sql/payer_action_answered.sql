-- A repeat returns the token again: the answer to the saga may not have been sent.
update payer_actions
set client_secret = null
where order_id = %(order_id)s and trip_id = %(trip_id)s
returning task_token
