-- A driver who may send positions, with the traits for matching, the trip in hand, and until when they have promised
-- the next one. No row if the driver is offline and on no trip.
-- Rarely run: once per driver and zone, and when something about the driver has changed.
select
    driver.zone, driver.vehicle_class, driver.version as driver_version, driver.wheelchair_accessible,
    driver.rating, driver.rating_count, driver.accepted_payments, driver.takes_upgrades,
    driver.destination_lat, driver.destination_lng, driver.destination_until,
    trip.trip_id, trip.rider_id, trip.state, trip.version, trip.assigned_at,
    trip.pickup_lat, trip.pickup_lng, trip.dropoff_lat, trip.dropoff_lng,
    (select promised_until from published_promises as promise where promise.driver_id = driver.driver_id)
        as promised_until
from published_drivers as driver
left join published_active_trips as trip
    on trip.driver_id = driver.driver_id and trip.state in ('driver_assigned', 'driver_arrived', 'in_progress')
where driver.driver_id = %(driver_id)s and (driver.online or trip.trip_id is not null)
