-- How the zone is dispatched from its next tick on, and how it was before: null where it was by the default.
with before as materialized (
    select zone, strategy, offers_per_trip, offers_per_driver from zone_strategies where zone = %(zone)s for update
), done as (
    insert into zone_strategies (zone, strategy, offers_per_trip, offers_per_driver)
    select %(zone)s, %(strategy)s, %(offers_per_trip)s, %(offers_per_driver)s
    from (select count(*) from before) as read_and_locked_first
    on conflict (zone) do update set
        strategy = excluded.strategy,
        offers_per_trip = excluded.offers_per_trip,
        offers_per_driver = excluded.offers_per_driver
    returning zone
)
select to_jsonb(before) - 'zone' as before from done left join before using (zone)
