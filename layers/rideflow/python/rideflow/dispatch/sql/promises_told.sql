-- Notes that the rider and the driver of each promise were told of its end, or need not be.
update offers set end_told_at = %(now)s
from unnest(%(trip_ids)s::uuid[], %(driver_ids)s::uuid[]) as told (trip_id, driver_id)
where offers.trip_id = told.trip_id and offers.driver_id = told.driver_id and offers.promised_at is not null
