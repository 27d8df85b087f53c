-- What payments reads of a trip. Waiting is charged only since an arrival that the driver's phone proved, and on a scheduled
-- ride not before its pickup time.
create view trips_to_pay as
select
    trips.id as trip_id, trips.rider_id, trips.driver_id, trips.state, trips.city, trips.quote_id,
    trips.quoted_amount_minor, trips.currency, trips.cancellation_fee_minor, trips.arrived_at, trips.started_at,
    trips.scheduled_for, trips.arrival_distance_m, trips.ended_at
from trips;

-- Published: the card that a trip's fare is held on.
create view trip_cards as
select trip_id, payment_method_id from payment_orders where kind = 'fare';
