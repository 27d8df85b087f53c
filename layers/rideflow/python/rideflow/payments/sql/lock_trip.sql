-- The trip goes on or is over until the commit: a cancel waits, and its settlement finds the order that is opened
-- meanwhile. A statement of its own, so that what is read next sees what the one that was waited for has committed.
select trip_id from published_trip_charges where trip_id = %(trip_id)s for share
