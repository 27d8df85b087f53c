-- The trip that the caller promised to take next, or that a driver promised to take for them.
select
    trip_id, case when driver_id = %(person_id)s then after_trip_id end as after_trip, pickup_at, promised_until as until,
    pickup_lat, pickup_lng, dropoff_lat, dropoff_lng
from promised_trips
where driver_id = %(person_id)s or rider_id = %(person_id)s
order by driver_id = %(person_id)s desc
limit 1
