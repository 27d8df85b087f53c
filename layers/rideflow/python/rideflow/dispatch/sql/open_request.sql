-- Opens the trip's request, if the trip is still to be matched. A repeat of the saga's step brings a new token and does not
-- lengthen the wait; a trip whose driver cancelled waits anew. Trip and request are locked: a cancellation waits for this
-- commit, so that its consumer finds the request, and so does another opening. A saga may still wait for the token that is
-- replaced, so the statement returns it, to be answered.
with trip as materialized (
    select * from published_trips where trip_id = %(trip_id)s and state = 'matching'
), before as materialized (
    select task_token from match_requests where trip_id = %(trip_id)s
)
insert into match_requests (
    trip_id, rider_id, zone, product, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng, fare_amount_minor,
    currency, needs, execution, task_token, opened_at, expires_at)
select
    trip_id, rider_id, zone, product, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng, quoted_amount_minor,
    currency,
    needs || coalesce((
        select jsonb_build_object('payment', card.funding)
        from published_trip_cards as card
        where card.trip_id = trip.trip_id and card.funding in ('credit', 'debit', 'prepaid')), '{}'),
    %(execution)s, %(task_token)s, %(now)s, %(expires_at)s
from trip
on conflict (trip_id) do update set
    execution = excluded.execution,
    task_token = excluded.task_token,
    opened_at = case when match_requests.closed_at is null then match_requests.opened_at else excluded.opened_at end,
    expires_at = case when match_requests.closed_at is null then match_requests.expires_at else excluded.expires_at end,
    closed_at = null,
    outcome = null
returning zone, (select task_token from before) as replaced_token
