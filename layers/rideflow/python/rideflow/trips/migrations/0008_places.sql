-- Published: where each trip was to begin and end, for whoever asks whether its path is known from end to end.
create view trip_places as
select id as trip_id, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng from trips;
