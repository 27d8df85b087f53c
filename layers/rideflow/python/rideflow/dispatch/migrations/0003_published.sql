create view published_promises as
select offers.driver_id, offers.expires_at as promised_until
from offers
join match_requests as request using (trip_id)
where offers.state = 'promised' and request.closed_at is null;
comment on view published_promises is
    'Drivers who have promised to take a trip after the one in hand, and until when: they are not free in between.';

create view published_live_offers as
select trip_id, driver_id, zone, expires_at
from offers
where state = 'open';
comment on view published_live_offers is
    'Which drivers are asked for which trips right now, and until when: staff see whether a request is offered.';
