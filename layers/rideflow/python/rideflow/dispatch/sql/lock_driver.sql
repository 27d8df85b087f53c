-- The driver's accepts wait until the commit, as in accept_offer.sql. A statement of its own, so that what is read next
-- sees what the one that was waited for has committed.
select pg_advisory_xact_lock(hashtextextended(%(driver_id)s::text, 0))
