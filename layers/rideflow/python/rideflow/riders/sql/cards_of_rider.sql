select
    rider_cards.payment_method_id as id, rider_cards.brand, rider_cards.last4, rider_cards.exp_month,
    rider_cards.exp_year, rider_cards_default.payment_method_id is not null as is_default
from rider_cards
left join rider_cards_default using (rider_id, payment_method_id)
where rider_cards.rider_id = %(rider_id)s and rider_cards.brand is not null
order by rider_cards.created_at, rider_cards.payment_method_id
