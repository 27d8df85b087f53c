-- Whether a trip is not over or not settled, or the silence of a driver is not forgotten.
select
    exists (select from trips where state in ('requested', 'matching'))
    or exists (select from trips where state in ('driver_assigned', 'driver_arrived', 'in_progress'))
    or exists (select from trips where settled_at is null and state in ('completed', 'cancelled', 'no_driver_found'))
    or exists (select from trip_silences) as living
