select scheduled_ride_id, seq, type, at, actor, actor_id, data
from scheduled_ride_events
where scheduled_ride_id = %(id)s
order by seq
