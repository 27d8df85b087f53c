-- The trip, and whether small amounts of its rider's wait for a ride: most riders have none, and nothing else is asked then.
select
    trip_id, rider_id, driver_id, state, market, quote_id, quoted_amount_minor, currency,
    cancellation_fee_minor, arrived_at, started_at, scheduled_for, arrival_distance_m,
    exists (
        select from payment_orders
        where payer_id = trip.rider_id and payment_orders.state = 'carried' and carried_to is null
    ) as has_carried
from published_trip_charges as trip
where trip_id = %(trip_id)s
