-- Drivers who promised a trip and whose trip before it is over: the event of its end was lost, or is on its way.
select driver_id from offers
where state = 'promised'
    and not exists (select from published_active_trips as in_hand where in_hand.trip_id = offers.after_trip_id)
