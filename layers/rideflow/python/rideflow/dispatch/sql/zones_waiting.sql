-- Zones in which somebody waits or an offer is open: each needs a tick now and then.
select zone from match_requests where closed_at is null
union
select zone from offers where state in ('open', 'promised')
