-- Nobody waits for this delete, but its commit waits for the disk: `synchronous_commit` could only be switched off by a change
-- of the session, which would pin the connection to RDS Proxy.
--
-- The inner query hides how many ids there are. For few of them a plan of their own looks cheaper than the prepared one, so
-- that each call would be planned anew, which takes longer than the delete.
delete from outbox where id = any(array(select unnest(%(ids)s::uuid[])))
