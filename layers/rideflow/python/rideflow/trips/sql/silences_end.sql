-- A silence ends when the driver is heard again, and when nobody or somebody else drives the trip.
delete from trip_silences as silence
where
    silence.trip_id = any(%(heard)s)
    or not exists (
        select from trips
        where trips.id = silence.trip_id and trips.driver_id = silence.driver_id
            and trips.state in ('driver_assigned', 'driver_arrived', 'in_progress'))
