-- Trip and request, in this order, wait and stay until the commit: no accept, no offer, no cancel, no other opening or end
-- of the wait. A statement of its own, so that what is read next sees what the one that was waited for has committed.
with trip as materialized (
    select trip_id from published_trips where trip_id = %(trip_id)s for no key update
)
select trip_id from match_requests where trip_id = %(trip_id)s and (select count(*) from trip) >= 0 for update
