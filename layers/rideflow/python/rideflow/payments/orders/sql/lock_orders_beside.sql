-- Lock all orders of the order's trip until the commit, the fare's first, as every transaction does that locks more than one.
select id
from payment_orders
where trip_id = (select trip_id from payment_orders where id = %(order_id)s)
order by kind <> 'fare', kind, number
for update
