-- The trip waits no more; its live offers are withdrawn. A repeat finds the request closed and tells its token again.
with closed as (
    update match_requests set closed_at = %(now)s, outcome = %(outcome)s
    where trip_id = %(trip_id)s and closed_at is null
), open as materialized (
    select trip_id, driver_id from offers
    where trip_id = %(trip_id)s and state = 'open'
    order by trip_id, driver_id
    for update
), withdrawn as (
    update offers set state = 'withdrawn', ended_at = %(now)s
    from open
    where offers.trip_id = open.trip_id and offers.driver_id = open.driver_id
    returning offers.driver_id
)
select task_token, zone, coalesce((select array_agg(driver_id) from withdrawn), '{}') as driver_ids
from match_requests
where trip_id = %(trip_id)s
