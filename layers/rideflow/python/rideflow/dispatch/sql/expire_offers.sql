-- Offers of the zone whose time is over. One that is being answered right now is left to that answer.
update offers set state = 'expired', ended_at = %(now)s
where (trip_id, driver_id) in (
    select trip_id, driver_id from offers
    where zone = %(zone)s and state = 'open' and expires_at <= %(now)s
    order by trip_id, driver_id
    for update skip locked)
returning trip_id, driver_id
