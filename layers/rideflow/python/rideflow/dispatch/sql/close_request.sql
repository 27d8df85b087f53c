-- Closes the trip's request, which is locked, and withdraws its live offers or its promise. Nothing is closed if
-- `execution` is given and the trip waits for another execution of the saga. Afterwards no accept can win. A repeat returns
-- the same again.
with closed as (
    update match_requests set closed_at = %(now)s, outcome = %(outcome)s
    where trip_id = %(trip_id)s and closed_at is null
        and (%(execution)s::text is null or execution = %(execution)s)
    returning trip_id
), open as materialized (
    select trip_id, driver_id from offers
    where trip_id in (select trip_id from closed) and state in ('open', 'promised')
    order by trip_id, driver_id
    for update
), withdrawn as (
    update offers set state = 'withdrawn', ended_at = %(now)s
    from open
    where offers.trip_id = open.trip_id and offers.driver_id = open.driver_id
    returning offers.driver_id, offers.zone, offers.driver_zone
)
select
    task_token, zone,
    case
        when exists (select from closed) then %(outcome)s
        when %(execution)s::text is null or execution = %(execution)s then outcome
    end as outcome,
    (select coalesce(jsonb_agg(jsonb_build_object('driver_id', driver_id, 'zone', coalesce(driver_zone, zone))), '[]')
        from (
            select driver_id, zone, driver_zone from withdrawn
            union all
            select driver_id, zone, driver_zone from offers
            where offers.trip_id = request.trip_id and state = 'withdrawn' and ended_at = request.closed_at
                and request.outcome = %(outcome)s
        ) as fallen) as drivers
from match_requests as request
where trip_id = %(trip_id)s
