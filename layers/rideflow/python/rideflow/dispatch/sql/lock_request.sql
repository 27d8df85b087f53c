-- Locks the trip and then its request until the commit: accepts, offers, cancellations and other openings or ends of the
-- wait are blocked. This is a separate statement, so that the next one sees the commit that this one waited for.
with trip as materialized (
    select trip_id from published_trips where trip_id = %(trip_id)s for no key update
)
select trip_id from match_requests where trip_id = %(trip_id)s and (select count(*) from trip) >= 0 for update
