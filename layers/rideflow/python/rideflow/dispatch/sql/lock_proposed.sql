-- Locks the zone's fence and the requests for which offers are proposed. Requests that are being answered right now are
-- left to the next tick. No row if a newer matcher has written since. Without a token (an operator's offer) the fence is
-- locked and not moved. This is a separate statement, so that the next one sees the commits that this one waited for.
with fence as materialized (
    insert into zone_fences (zone, token) values (%(zone)s, coalesce(%(token)s::bigint, 0))
    on conflict (zone) do update set token = greatest(zone_fences.token, excluded.token)
        where %(token)s::bigint is null or zone_fences.token <= excluded.token
    returning zone
)
select trip_id from match_requests
where trip_id = any(%(trip_ids)s::uuid[]) and exists (select from fence)
order by trip_id
for update skip locked
