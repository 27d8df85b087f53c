-- The zone's fence, and the requests that offers are proposed for: those that are being answered right now are left out,
-- and left to the next tick. No row for a matcher that a newer one has written after. Without a token (an operator's
-- offer) the fence is not moved, only waited for. A statement of its own, so that the offers are made by what those have
-- committed that were waited for.
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
