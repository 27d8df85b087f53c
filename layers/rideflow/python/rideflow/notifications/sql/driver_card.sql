-- The card that a rider is shown of their driver, with the vehicle that was assigned to the trip. One row, also for a driver who
-- is not known.
select card.name, card.rating, coalesce(to_jsonb(assigned), card.vehicle) as vehicle
from (select %(driver_id)s::uuid as driver_id) as driver
left join published_driver_cards as card using (driver_id)
left join published_vehicles as assigned on assigned.id = %(vehicle_id)s
