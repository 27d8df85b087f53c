-- The requested trip, or the caller's active one, with its events in order, if the caller takes part in it.
-- There is a row for each event. The trip's columns repeat; those of `published_active_trips` are null after its end.
-- Trips and events have the id of a vehicle; the app is shown the vehicle.
select
    event.trip_id, event.rider_id, event.driver_id, event.version, event.type, event.at, event.state,
    case
        when event.data ? 'vehicle_id' then event.data - 'vehicle_id' || jsonb_build_object('vehicle', (
            select to_jsonb(vehicle) from published_vehicles as vehicle
            where vehicle.id = (event.data ->> 'vehicle_id')::uuid))
        else event.data
    end as data,
    active.zone, active.product,
    (select to_jsonb(vehicle) from published_vehicles as vehicle where vehicle.id = active.vehicle_id) as vehicle,
    active.pickup_lat, active.pickup_lng, active.dropoff_lat, active.dropoff_lng,
    active.requested_at, active.assigned_at, active.arrived_at, active.started_at
from published_trip_events as event
left join published_active_trips as active on active.trip_id = event.trip_id
where
    (event.rider_id = %(person_id)s or event.driver_id = %(person_id)s)
    and event.trip_id = coalesce(
        %(trip_id)s::uuid,
        (
            select mine.trip_id
            from published_active_trips as mine
            where mine.rider_id = %(person_id)s or mine.driver_id = %(person_id)s
            order by mine.requested_at desc
            limit 1
        )
    )
order by event.version
