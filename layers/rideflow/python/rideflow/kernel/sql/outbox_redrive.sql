-- The event is tried again from the next sweep on, as if for the first time. A repeat finds it waiting and changes nothing;
-- no row for one that is not there (any more).
with redriven as (
    update outbox set set_aside_at = null, attempts = 0, due_at = %(at)s where id = %(id)s and set_aside_at is not null
)
select id, source, type from outbox where id = %(id)s
