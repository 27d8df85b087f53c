select *
from trips
where
    state = %(state)s
    and state in ('requested', 'matching') -- as the partial index has it
    and coalesce(matching_at, requested_at) < %(before)s
order by coalesce(matching_at, requested_at)
limit %(limit)s
