select count(*) as events from outbox where set_aside_at is not null
