-- Who was heard again is not silent; nor is a trip that nobody drives any more, or somebody else.
delete from trip_silences as silence
where
    silence.trip_id = any(%(heard)s)
    or not exists (
        select from trips
        where trips.id = silence.trip_id and trips.driver_id = silence.driver_id
            and trips.state in ('driver_assigned', 'driver_arrived', 'in_progress'))
