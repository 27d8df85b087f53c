-- Where a zone differs from the default, and how many wait in each, since when.
select
    zone, strategy, offers_per_trip, offers_per_driver,
    coalesce(waiting.waiting, 0) as waiting, waiting.waiting_since
from zone_strategies
full join (
    select zone, count(*) as waiting, min(opened_at) as waiting_since
    from match_requests
    where closed_at is null and expires_at > %(now)s
    group by zone
) as waiting using (zone)
