-- Trips that are over and have an order that has stayed in its state for too long.
select distinct orders.trip_id
from payment_orders as orders
join trips_to_pay as trips using (trip_id)
where
    trips.state not in ('requested', 'matching', 'driver_assigned', 'driver_arrived', 'in_progress')
    and orders.state in ('pending', 'held', 'processing', 'failed', 'captured') -- as the partial index has it
    and orders.updated_at < (%(before)s::jsonb ->> orders.state)::timestamptz
limit %(limit)s
