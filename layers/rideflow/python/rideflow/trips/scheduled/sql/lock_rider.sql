-- The rider's other bookings and edits wait until the commit. A statement of its own, so that what is read next sees what
-- the one that was waited for has committed. The seed keeps it apart from the lock of a driver, who may be the same person.
select pg_advisory_xact_lock(hashtextextended(%(rider_id)s::text, 1))
