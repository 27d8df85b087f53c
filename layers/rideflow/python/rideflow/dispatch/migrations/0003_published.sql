create view published_promises as
select offers.driver_id, offers.expires_at as promised_until
from offers
join match_requests as request using (trip_id)
where offers.state = 'promised' and request.closed_at is null;
comment on view published_promises is
    'Drivers who have promised to take a trip after the one in hand, and until when: they are not free in between.';
