-- May the driver send positions, what does matching know of them, which trip is in hand, and until when have they promised
-- the next one? The rare path: once per driver and zone, and when something about the driver has changed.
select
    availability.zone, availability.vehicle_class, availability.version as driver_version,
    coalesce((availability.vehicle ->> 'wheelchair_accessible')::boolean, false) as wheelchair_accessible,
    availability.rating, availability.rating_count, availability.accepted_payments, availability.destination_lat,
    availability.destination_lng, availability.destination_until,
    trip.trip_id, trip.rider_id, trip.state, trip.version, trip.assigned_at,
    trip.pickup_lat, trip.pickup_lng, trip.dropoff_lat, trip.dropoff_lng,
    (select promised_until from promised_trips as promise where promise.driver_id = availability.driver_id)
        as promised_until
from driver_availability as availability
left join active_trips as trip
    on trip.driver_id = availability.driver_id and trip.state in ('driver_assigned', 'driver_arrived', 'in_progress')
where availability.driver_id = %(driver_id)s and (availability.online or trip.trip_id is not null)
