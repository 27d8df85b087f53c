select *
from trips
where
    state = %(state)s
    and state in ('requested', 'matching') -- as the partial index has it
    and coalesce(matching_at, requested_at) < %(before)s
    -- A rider of a scheduled ride waits for a driver until then; nobody looks for one yet while the trip is `requested`.
    and (
        state = 'requested' or waits_until < %(waits_ended_before)s or waits_until is null
        or %(waits_ended_before)s::timestamptz is null)
order by coalesce(matching_at, requested_at)
limit %(limit)s
