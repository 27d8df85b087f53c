-- The trip's orders stay as they are until the commit, and no further one is opened, which is done behind the lock of the
-- fare's. A statement of its own, so that what is read next sees what the one that was waited for has committed.
select id from payment_orders where trip_id = %(trip_id)s order by kind desc for update
