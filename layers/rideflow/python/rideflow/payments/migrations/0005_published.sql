-- The method of each rider that is charged. It is computed, not stored: two cards saved at once cannot both become the default.
create view published_default_methods as
select distinct on (rider_id)
    rider_id, provider, customer_ref, method_ref
from payment_methods_usable
order by rider_id, made_default_at desc nulls last, created_at, method_ref;
comment on view published_default_methods is
    'What pays for a rider''s trips: the card made the default last, else the first saved. No row: no trip.';

create view published_trip_cards as
select orders.trip_id, method.funding
from payment_orders as orders
join payment_methods as method using (provider, method_ref)
where orders.kind = 'fare' and orders.number = 1;
comment on view published_trip_cards is
    'How the card is funded that a trip''s fare is held on, for matching: not every driver takes every kind.';

create view published_payer_actions as
select trip_id, payer_id, client_secret, publishable_key, until
from payer_actions
where client_secret is not null and until is not null;
comment on view published_payer_actions is
    'What a payer is asked to confirm with their bank, and until when the trip waits for that. For the payer alone.';

create view published_waiting_settlements as
select trip_id, retry_at
from payment_orders
where retry_at is not null;
comment on view published_waiting_settlements is
    'Trips whose settlement waits after a failed capture, and until when: before that, nothing about them has stalled.';
