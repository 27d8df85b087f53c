-- Drivers who promised a trip and are not on the one before any more: the news of its end was lost, or is on its way.
select driver_id from offers
where state = 'promised'
    and not exists (select from published_active_trips as in_hand where in_hand.trip_id = offers.after_trip_id)
