-- The card that a rider is shown of their driver, with the vehicle that was assigned to the trip: never another one. One row,
-- also for a driver who is not known.
select
    card.name, card.rating,
    case when %(vehicle_id)s::uuid is null then card.vehicle else to_jsonb(assigned) end as vehicle
from (select %(driver_id)s::uuid as driver_id) as driver
left join published_driver_cards as card using (driver_id)
left join published_vehicles as assigned on assigned.id = %(vehicle_id)s
