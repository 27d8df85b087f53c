select
    id, rider_id, market, zone, product, needs, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng, distance_m,
    duration_s, line, rate, rates_version, cancellation_terms, surge, breakdown, amount_minor, currency,
    created_at, expires_at
from quotes
where id = %(id)s
