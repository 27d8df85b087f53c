-- May the driver send positions, which trip is in hand, and until when have they promised the next one? The rare path:
-- once per driver and zone.
select
    availability.vehicle_class, availability.version as driver_version, trip.trip_id, trip.rider_id, trip.state, trip.version, trip.assigned_at,
    trip.pickup_lat, trip.pickup_lng, trip.dropoff_lat, trip.dropoff_lng,
    (select promised_until from promised_trips as promise where promise.driver_id = availability.driver_id)
        as promised_until
from driver_availability as availability
left join active_trips as trip
    on trip.driver_id = availability.driver_id and trip.state in ('driver_assigned', 'driver_arrived', 'in_progress')
where availability.driver_id = %(driver_id)s and (availability.online or trip.trip_id is not null)
