select stripe_customer_id, payment_method_id
from published_default_cards
where rider_id = %(rider_id)s
