select client_secret, publishable_key, until
from published_payer_actions
where trip_id = %(trip_id)s and payer_id = %(payer_id)s and until > %(now)s
