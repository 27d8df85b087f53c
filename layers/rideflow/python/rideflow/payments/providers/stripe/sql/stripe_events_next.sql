-- When the longest untried of the webhooks that are not handled was received or last tried.
select min(greatest(received_at, tried_at)) as at from stripe_events where handled_at is null
