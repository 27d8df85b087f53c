-- One rating of a trip counts once, however often it is told.
with counted as (
    insert into driver_ratings (trip_id, driver_id, stars, rated_at)
    values (%(trip_id)s, %(driver_id)s, %(stars)s, %(rated_at)s)
    on conflict (trip_id) do nothing
    returning driver_id, stars
)
update drivers
set rating_sum = rating_sum + counted.stars, rating_count = rating_count + 1
from counted
where drivers.id = counted.driver_id
