-- Waiting is charged only since an arrival that the driver's phone proved.
create or replace view trips_to_pay as
select
    trips.id as trip_id, trips.rider_id, trips.driver_id, trips.state, trips.city, trips.quote_id,
    trips.quoted_amount_minor, trips.currency, trips.cancellation_fee_minor, trips.arrived_at, trips.started_at,
    trips.scheduled_for, trips.arrival_distance_m
from trips;
