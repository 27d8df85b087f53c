-- The live offers of a driver who is offline are withdrawn. Late news of one who is back changes nothing: their offers
-- were made since, or may be answered again.
with left_open as materialized (
    select trip_id, driver_id from offers
    where driver_id = %(driver_id)s and state = 'open'
        and not exists (
            select from driver_availability as back where back.driver_id = %(driver_id)s and back.online)
    order by trip_id
    for update
)
update offers set state = 'withdrawn', ended_at = %(now)s
from left_open
where offers.trip_id = left_open.trip_id and offers.driver_id = left_open.driver_id
returning offers.trip_id, offers.zone
