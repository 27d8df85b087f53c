-- Wait until no posting is under way. Until the transaction ends, none begins.
select pg_advisory_xact_lock(%(lock)s)
