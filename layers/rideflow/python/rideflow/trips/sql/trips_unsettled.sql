select *
from trips
where settled_at is null and state in ('completed', 'cancelled', 'no_driver_found') and ended_at < %(before)s
order by ended_at
limit %(limit)s
