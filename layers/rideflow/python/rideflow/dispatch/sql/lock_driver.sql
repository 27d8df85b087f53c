-- Makes the driver's accepts wait until the commit, and keeps the driver online or offline, by the locks that an accept
-- takes. This is a separate statement, so that the next one sees the commit that this one waited for.
with driver as materialized (
    select pg_advisory_xact_lock(hashtextextended(%(driver_id)s::text, 0))
)
select is_online from published_hold_driver(%(driver_id)s) as is_online where (select count(*) from driver) = 1
