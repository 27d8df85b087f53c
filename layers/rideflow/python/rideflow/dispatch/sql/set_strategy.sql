-- Sets the strategy of the zone, which is locked, from its next tick on. Returns the strategy before; null if the zone had
-- the default.
with before as materialized (
    select zone, strategy, offers_per_trip, offers_per_driver, forward_s from zone_strategies where zone = %(zone)s
), done as (
    insert into zone_strategies (zone, strategy, offers_per_trip, offers_per_driver, forward_s)
    values (%(zone)s, %(strategy)s, %(offers_per_trip)s, %(offers_per_driver)s, %(forward_s)s)
    on conflict (zone) do update set
        strategy = excluded.strategy,
        offers_per_trip = excluded.offers_per_trip,
        offers_per_driver = excluded.offers_per_driver,
        forward_s = excluded.forward_s
    returning zone
)
select to_jsonb(before) - 'zone' as before from done left join before using (zone)
