-- The driver's accepts wait until the commit, and they stay online or offline as they are; as the accept itself has it. A
-- statement of its own, so that what is read next sees what the one that was waited for has committed.
with driver as materialized (
    select pg_advisory_xact_lock(hashtextextended(%(driver_id)s::text, 0))
)
select is_online from published_hold_driver(%(driver_id)s) as is_online where (select count(*) from driver) = 1
