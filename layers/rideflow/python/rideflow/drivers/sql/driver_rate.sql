-- Counts the rating of a trip once, however often its event comes. Returns a row if matching has to know: the driver is
-- online, and the mean that rides require (to one decimal, of five ratings or more) has changed.
with counted as (
    insert into driver_ratings (trip_id, driver_id, stars, rated_at)
    values (%(trip_id)s, %(driver_id)s, %(stars)s, %(rated_at)s)
    on conflict (trip_id) do nothing
    returning driver_id, stars
), rated as (
    update drivers
    set
        rating_sum = rating_sum + counted.stars, rating_count = rating_count + 1,
        version = version + 1
    from counted
    where drivers.id = counted.driver_id
    returning drivers.id, drivers.online, rating_sum, rating_count, counted.stars
), told as (
    select id
    from rated
    where online and rating_count >= %(rated_enough)s and (
        rating_count = %(rated_enough)s
        or round(rating_sum::numeric / rating_count, 1) <> round((rating_sum - stars)::numeric / (rating_count - 1), 1))
)
select id, outbox_add(%(events)s) from told
