-- A second change of the same zone's strategy waits until the commit, also while the zone has none. The seed keeps this
-- lock apart from those of people.
select pg_advisory_xact_lock(hashtextextended(%(zone)s, 2))
