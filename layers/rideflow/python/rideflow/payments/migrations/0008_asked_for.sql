-- How long a trip has been over, which may be less than its order has been held.
create or replace view trips_to_pay as
select
    trips.id as trip_id, trips.rider_id, trips.driver_id, trips.state, trips.city, trips.quote_id,
    trips.quoted_amount_minor, trips.currency, trips.cancellation_fee_minor, trips.arrived_at, trips.started_at,
    trips.scheduled_for, trips.arrival_distance_m, trips.ended_at
from trips;

-- When the sweeper last asked for the order's settlement: orders that stay overdue queue behind the others.
alter table payment_orders add column settlement_asked_at timestamptz;

-- When Stripe was asked for a hold of a cancelled order that has none on record. Holds of before are over by then.
alter table payment_orders add column hold_looked_for_at timestamptz;
update payment_orders set hold_looked_for_at = now()
where state = 'cancelled' and payment_intent_id is null and updated_at < now() - interval '8 days';

drop index payment_orders_unfinished;
create index payment_orders_unfinished on payment_orders (updated_at)
    where state in ('pending', 'held', 'processing', 'failed', 'captured')
        or (state = 'cancelled' and payment_intent_id is null and hold_looked_for_at is null);

-- When the sweeper last tried to handle a webhook.
alter table stripe_events add column tried_at timestamptz;
