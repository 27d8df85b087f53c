-- When the next row is due.
select min(due_at) as due_at from outbox where set_aside_at is null
