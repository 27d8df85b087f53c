-- The facts that tell why an accept did not win: the offer, its request, and the driver's other trips and promises.
select
    offers.state, offers.expires_at <= %(now)s as is_over, request.outcome,
    (select trip_id from published_active_trips
        where driver_id = %(driver_id)s and state in ('driver_assigned', 'driver_arrived', 'in_progress')) as active_trip_id,
    (select state from published_active_trips where trip_id = %(trip_id)s) as trip_state,
    exists (select from published_drivers where driver_id = %(driver_id)s and online) as is_online,
    offers.after_trip_id,
    exists (select from offers as promise
        where promise.driver_id = %(driver_id)s and promise.trip_id <> %(trip_id)s and promise.state = 'promised')
        as promised_another
from offers
join match_requests as request using (trip_id)
where offers.trip_id = %(trip_id)s and offers.driver_id = %(driver_id)s
