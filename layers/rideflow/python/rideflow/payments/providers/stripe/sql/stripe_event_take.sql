-- The event, with its row locked until the commit: concurrent deliveries are handled one after the other.
select event_id, type, object, handled_at
from stripe_events
where event_id = %(event_id)s
for update
