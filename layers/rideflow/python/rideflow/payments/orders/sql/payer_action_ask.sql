-- No row where nothing is to be asked: the payer has answered, or the order is not pending any more.
update payer_actions
set task_token = %(task_token)s, until = %(until)s
where trip_id = %(trip_id)s and client_secret is not null
returning client_secret, publishable_key, until
