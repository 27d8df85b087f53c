-- When the next order is overdue (`orders_overdue.sql`), if nothing changes: now if its trip is not over. `after_s` are the
-- seconds after which it is, by the order's state.
select min(
    case
        when trips.state in ('requested', 'matching', 'driver_assigned', 'driver_arrived', 'in_progress') then %(now)s
        else
            greatest(orders.updated_at, trips.ended_at, orders.settlement_asked_at, orders.retry_at)
            + make_interval(secs => (%(after_s)s::jsonb ->> orders.state)::double precision)
    end
) as at
from payment_orders as orders
join published_trip_charges as trips using (trip_id)
where ( -- as the partial index has it
    orders.state in ('pending', 'held', 'processing', 'failed', 'captured')
    or (orders.state = 'cancelled' and orders.provider_ref is null and orders.hold_looked_for_at is null)
)
