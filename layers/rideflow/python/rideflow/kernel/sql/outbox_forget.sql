-- The commit does not wait for the disk: a crash that undoes the delete causes a repeated event, which consumers expect.
with unhurried as materialized (
    select set_config('synchronous_commit', 'off', true)
)
delete from outbox using unhurried where id = any(%(ids)s::uuid[])
