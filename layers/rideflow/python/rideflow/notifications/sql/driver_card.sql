-- What a rider is told of their driver.
select name, rating, vehicle
from driver_availability
where driver_id = %(driver_id)s
