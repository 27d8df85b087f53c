-- The rider's rides that were booked before the ride `before`, the last booked first.
select *
from scheduled_rides
where
    rider_id = %(rider_id)s and id < %(before)s
    and (%(state)s::text is null or state = %(state)s)
order by id desc
limit %(limit)s
