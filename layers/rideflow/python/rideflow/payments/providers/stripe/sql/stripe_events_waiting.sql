select count(*) as events
from stripe_events
where handled_at is null and received_at <= %(before)s
