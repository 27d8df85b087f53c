-- Whoever sets the same zone's strategy waits until the commit, also while there is none. The seed keeps it apart from the
-- locks of people.
select pg_advisory_xact_lock(hashtextextended(%(zone)s, 2))
