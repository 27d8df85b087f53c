-- Whether somebody else is connected to this database. Sweeps' looks do not count, and neither do Aurora's own sessions and
-- the server's workers, which have no user.
select exists (
    select from pg_stat_activity
    where
        datname = current_database() and pid <> pg_backend_pid()
        and usename <> 'rdsadmin' and application_name is distinct from %(look)s
) as connected
