-- Ended trips that are not settled, but for those whose settlement waits for its next attempt: it may for hours. The order
-- differs each time, so that trips that stay unsettled, however many, hide none of the others for long.
select *
from trips
where settled_at is null and state in ('completed', 'cancelled', 'no_driver_found') and ended_at < %(before)s
    and not exists (select from published_waiting_settlements as waiting
        where waiting.trip_id = trips.id and waiting.retry_at > %(now)s)
order by md5(id::text || %(before)s::text)
limit %(limit)s
