-- Mark overdue orders: the trip is over, the order has stayed in its state for too long, and no transaction has locked it.
-- The longest overdue come first.
with due as (
    select orders.id
    from payment_orders as orders
    join published_trip_charges as trips using (trip_id)
    cross join lateral (
        select greatest(orders.updated_at, trips.ended_at, orders.settlement_asked_at, orders.retry_at) as at
    ) as since
    where
        trips.state not in ('requested', 'matching', 'driver_assigned', 'driver_arrived', 'in_progress')
        and ( -- as the partial index has it
            orders.state in ('pending', 'held', 'processing', 'failed', 'captured')
            or (orders.state = 'cancelled' and orders.provider_ref is null and orders.hold_looked_for_at is null)
        )
        and since.at <= (%(before)s::jsonb ->> orders.state)::timestamptz
    order by since.at
    limit %(limit)s
    for update of orders skip locked
)
update payment_orders as orders
set settlement_asked_at = %(now)s
from due
where orders.id = due.id
returning orders.trip_id
