-- What functions do to the tables of trips. Nobody changes a log. Other contexts lock trips by the views that they read, for
-- which PostgreSQL asks the right to update one column of the view.
grant select, insert, update on trips, scheduled_rides, trip_listening to functions;
grant select, insert, update, delete on trip_silences to functions;
grant select, insert on trip_events, scheduled_ride_events, trip_ratings to functions;
grant select on driven_trips, published_active_trips, published_trip_events to functions;
grant select, update (trip_id) on published_trips, published_trip_charges to functions;
grant execute on function published_assign_trip to functions;

grant select on published_trip_charges to reader;
