-- Nobody waits for this to reach the disk: a delete that a crash undoes costs a repeated event, which consumers expect.
with unhurried as materialized (
    select set_config('synchronous_commit', 'off', true)
)
delete from outbox using unhurried where id = any(%(ids)s::uuid[])
