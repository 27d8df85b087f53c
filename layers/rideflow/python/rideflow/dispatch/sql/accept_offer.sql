-- The first accept wins: see `migrations/0002_accept_offer.sql`. No row if offer or trip are no longer available.
select *
from dispatch_accept_offer(%(trip_id)s, %(driver_id)s, %(event_id)s, %(at)s, %(now)s, %(kept_for)s)
