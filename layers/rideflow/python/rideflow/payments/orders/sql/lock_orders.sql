-- Lock the trip's orders until the commit. The lock on the fare's order also keeps others from opening further orders.
-- This is a statement of its own, so that the next one sees the changes of the transaction that this one waited for.
select id from payment_orders where trip_id = %(trip_id)s order by kind <> 'fare', kind, number for update
