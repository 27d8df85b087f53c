-- Makes a second change of the zone's strategy wait until the commit, also if the zone has no row yet. The seed
-- distinguishes this lock from those of people.
select pg_advisory_xact_lock(hashtextextended(%(zone)s, 2))
