-- Lock the trip until the commit: a cancellation waits, and its settlement finds the order that is opened meanwhile.
-- This is a statement of its own, so that the next one sees the changes of the transaction that this one waited for.
select trip_id from published_trip_charges where trip_id = %(trip_id)s for share
