select
    usable.payment_method_id as id, usable.brand, usable.last4, usable.exp_month, usable.exp_year,
    published_default_cards.payment_method_id is not null as is_default
from rider_cards_usable as usable
left join published_default_cards using (rider_id, payment_method_id)
where usable.rider_id = %(rider_id)s
order by usable.created_at, usable.payment_method_id
