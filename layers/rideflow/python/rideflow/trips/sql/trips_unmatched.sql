select *
from trips
where
    state = %(state)s
    and state in ('requested', 'matching') -- as the partial index has it
    and coalesce(matching_at, requested_at) < %(before)s
    and (waits_until < %(waits_ended_before)s or waits_until is null or %(waits_ended_before)s::timestamptz is null)
order by coalesce(matching_at, requested_at)
limit %(limit)s
