-- Webhooks that are not handled, the longest untried first.
select event_id
from stripe_events
where handled_at is null and greatest(received_at, tried_at) <= %(before)s
order by greatest(received_at, tried_at)
limit %(limit)s
