-- Published: the card that a trip's fare is held on.
create view trip_cards as
select trip_id, payment_method_id from payment_orders where kind = 'fare';
