-- Offers of the zone whose time is over. One that is being answered right now is left to that answer.
update offers set state = 'expired', ended_at = %(now)s
where ctid = any (array(
    select ctid from offers
    where zone = %(zone)s and state = 'open' and expires_at <= %(now)s
    for update skip locked))
returning trip_id, driver_id
