-- Zones and products with rides to be picked up soon, and the time from the search for a driver to the arrival there:
-- `pickup_s` is the time within which four of five of the newest pickups took place.
select soon.market, soon.zone, soon.product, taken.pickups, taken.pickup_s
from (
    select distinct market, zone, product
    from scheduled_rides
    where state = 'scheduled' and pickup_at <= %(until)s
) as soon
cross join lateral (
    select
        count(*) as pickups,
        percentile_cont(0.8) within group (order by extract(epoch from arrived_at - matching_at)) as pickup_s
    from (
        select arrived_at, matching_at
        from trips
        where
            zone = soon.zone and product = soon.product
            and arrived_at > %(since)s and scheduled_for is null
        order by arrived_at desc
        limit %(most)s
    ) as newest
) as taken
