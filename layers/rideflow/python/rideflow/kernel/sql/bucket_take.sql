-- Take one request from the person's bucket if it holds one, that is if it is then full again within `period`.
-- Returns the time at which the bucket is full, also if it held no request.
with taken as (
    insert into rate_limits as known (person_id, operation, full_at)
    values (%(person_id)s, %(operation)s, now() + %(interval)s)
    on conflict (person_id, operation) do update
    set full_at = greatest(known.full_at, now()) + %(interval)s
    where greatest(known.full_at, now()) + %(interval)s <= now() + %(period)s
    returning full_at
)
select now() as now, full_at, true as is_granted from taken
union all
select now(), full_at, false
from rate_limits
where person_id = %(person_id)s and operation = %(operation)s and not exists (select from taken)
