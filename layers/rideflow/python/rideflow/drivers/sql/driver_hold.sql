-- The driver stays as they are until the commit. A statement of its own, so that what is read next sees the trip that
-- whoever was waited for has given them.
select id from drivers where id = %(id)s for no key update
