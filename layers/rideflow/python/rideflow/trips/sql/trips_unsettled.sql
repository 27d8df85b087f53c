-- Ended trips that are not settled. The order differs each time, so that trips that stay unsettled, however many, hide none
-- of the others for long.
select *
from trips
where settled_at is null and state in ('completed', 'cancelled', 'no_driver_found') and ended_at < %(before)s
order by md5(id::text || %(before)s::text)
limit %(limit)s
