delete from outbox where id = any(%(ids)s::uuid[])
