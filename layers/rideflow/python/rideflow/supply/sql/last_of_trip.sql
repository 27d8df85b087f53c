-- The trip's newest event.
select version, at
from published_trip_events
where trip_id = %(trip_id)s
order by version desc
limit 1
