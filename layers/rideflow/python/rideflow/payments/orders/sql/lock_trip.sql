-- Lock the trip until the commit: a cancellation waits, and its settlement finds the order that is opened meanwhile.
-- `for share` reads the row again once it has waited for another transaction, so it is the trip as that one left it.
select
    trip_id, rider_id, driver_id, state, market, quote_id, quoted_amount_minor, currency,
    cancellation_fee_minor, arrived_at, started_at, scheduled_for, arrival_distance_m
from published_trip_charges
where trip_id = %(trip_id)s
for share
