create view published_trip_cards as
select orders.trip_id, card.funding
from payment_orders as orders
join published_card_kinds as card using (payment_method_id)
where orders.kind = 'fare';
comment on view published_trip_cards is
    'How the card is funded that a trip''s fare is held on, for matching: not every driver takes every kind.';
