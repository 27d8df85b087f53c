select stripe_customer_id, payment_method_id, brand, last4
from published_default_cards
where rider_id = %(rider_id)s
