-- A person's newest trips before the given one, as rider and as driver: each side uses its own index.
select mine.*, to_jsonb(vehicle) as vehicle
from (
    (select * from trips where rider_id = %(person_id)s and id < %(before)s order by id desc limit %(limit)s)
    union all
    (select * from trips where driver_id = %(person_id)s and id < %(before)s order by id desc limit %(limit)s)
) as mine
left join published_vehicles as vehicle on vehicle.id = mine.vehicle_id
order by mine.id desc
limit %(limit)s
