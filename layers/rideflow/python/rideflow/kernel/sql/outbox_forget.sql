-- Nobody waits for this delete, but its commit waits for the disk: `synchronous_commit` could only be switched off by a change
-- of the session, which would pin the connection to RDS Proxy.
delete from outbox where id = any(%(ids)s::uuid[])
