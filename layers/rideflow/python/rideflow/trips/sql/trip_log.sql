select trip_id, seq, type, at, actor, actor_id, data
from trip_events
where trip_id = %(trip_id)s
order by seq
