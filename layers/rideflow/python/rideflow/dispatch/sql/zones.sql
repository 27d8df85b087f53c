-- Zones with a strategy of their own or with open requests: the strategy, the number of requests, and the oldest one's time.
select
    zone, strategy, offers_per_trip, offers_per_driver, forward_s,
    coalesce(waiting.waiting, 0) as waiting, waiting.waiting_since
from zone_strategies
full join (
    select zone, count(*) as waiting, min(opened_at) as waiting_since
    from match_requests
    where closed_at is null and expires_at > %(now)s
    group by zone
) as waiting using (zone)
