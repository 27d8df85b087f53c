-- The newest that happened to the trip.
select version, at
from trip_timeline
where trip_id = %(trip_id)s
order by version desc
limit 1
