-- Locks the driver until the commit. This is a separate statement, so that the next one sees a trip that the driver was
-- given while this one waited.
select id from drivers where id = %(id)s for no key update
