-- How the zone, which is locked, is dispatched from its next tick on, and how it was before: null where it was by the
-- default.
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
