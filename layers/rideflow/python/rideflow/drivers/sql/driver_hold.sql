-- The driver stays as they are until the commit. It is a statement of its own, so that the next one sees the trip that
-- the driver was given while this one waited.
select id from drivers where id = %(id)s for no key update
