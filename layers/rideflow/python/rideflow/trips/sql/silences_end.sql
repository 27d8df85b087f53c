-- Ends the silences of drivers who were heard again, and of trips that have no driver or another one by now.
delete from trip_silences as silence
where
    silence.trip_id = any(%(heard)s)
    or not exists (
        select from trips
        where trips.id = silence.trip_id and trips.driver_id = silence.driver_id
            and trips.state in ('driver_assigned', 'driver_arrived', 'in_progress'))
