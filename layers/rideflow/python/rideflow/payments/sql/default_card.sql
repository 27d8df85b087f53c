select stripe_customer_id, payment_method_id, brand, last4
from rider_cards_default
where rider_id = %(rider_id)s
