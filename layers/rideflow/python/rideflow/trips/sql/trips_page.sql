-- The newest trips before a trip, of a person who may ride and drive: each side walks its own index.
select *
from (
    (select * from trips where rider_id = %(person_id)s and id < %(before)s order by id desc limit %(limit)s)
    union all
    (select * from trips where driver_id = %(person_id)s and id < %(before)s order by id desc limit %(limit)s)
) as mine
order by id desc
limit %(limit)s
