-- Stores a change of the driver, with the outbox rows. No row if another change came first, or if the driver goes
-- offline and is on a trip.
with changed as (
    update drivers
    set
        state = %(state)s, version = %(version)s, verified_at = %(verified_at)s, verified_by = %(verified_by)s,
        online = %(online)s, online_since = %(online_since)s, vehicle_id = %(vehicle_id)s, zone = %(zone)s,
        accepted_payments = %(accepted_payments)s, takes_upgrades = %(takes_upgrades)s, destination_lat = %(destination_lat)s,
        destination_lng = %(destination_lng)s, destination_until = %(destination_until)s,
        destination_day = %(destination_day)s, destination_uses = %(destination_uses)s
    where
        id = %(id)s and version = %(version)s - 1
        and (%(online)s or not online or not exists (select from published_active_trips where driver_id = %(id)s))
    returning id
)
select id, outbox_add(%(events)s) from changed
