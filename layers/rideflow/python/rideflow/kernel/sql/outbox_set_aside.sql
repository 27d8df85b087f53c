-- Events that were set aside, since the bus refused them; the oldest first.
select
    id as event_id, source, type, attempts, last_error, octet_length(detail::text) as size_bytes,
    created_at as committed_at, set_aside_at
from outbox
where set_aside_at is not null
order by set_aside_at, id
limit %(limit)s
