-- Make an event that was set aside due at once, with no attempts. A repeat changes nothing. Returns no row if the event does not exist.
with redriven as (
    update outbox set set_aside_at = null, attempts = 0, due_at = %(at)s where id = %(id)s and set_aside_at is not null
)
select id, source, type from outbox where id = %(id)s
