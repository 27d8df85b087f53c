select
    trip_id, rider_id, driver_id, state, market, quote_id, quoted_amount_minor, currency,
    cancellation_fee_minor, arrived_at, started_at, scheduled_for, arrival_distance_m
from published_trip_charges
where trip_id = %(trip_id)s
