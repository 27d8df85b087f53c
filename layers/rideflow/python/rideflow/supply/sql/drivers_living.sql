-- Whether a driver is online or on a trip.
select
    exists (select from published_drivers where online)
    or exists (
        select from published_active_trips
        where driver_id is not null and state in ('driver_assigned', 'driver_arrived', 'in_progress')
    ) as living
