-- Makes the rider's other bookings and edits wait until the commit. This is a separate statement, so that the next one
-- sees the commit that this one waited for. The seed distinguishes it from the lock of a driver, who may be the same
-- person.
select pg_advisory_xact_lock(hashtextextended(%(rider_id)s::text, 1))
