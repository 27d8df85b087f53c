select trips.*, to_jsonb(vehicle) as vehicle
from trips
left join published_vehicles as vehicle on vehicle.id = trips.vehicle_id
where trips.id = %(id)s
