-- The card that a rider is shown of their driver.
select name, rating, vehicle
from published_driver_cards
where driver_id = %(driver_id)s
