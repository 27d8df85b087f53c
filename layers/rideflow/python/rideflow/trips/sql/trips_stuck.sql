-- Trips that an operator should look at, and why, in the order in which they were requested. A row of `stays` without a market
-- is for the trips of every market that has none.
select stuck.reason, stuck.since, trips.*, to_jsonb(vehicle) as vehicle
from (
    select trip_id, 'driver_silent' as reason, silent_since as since
    from trip_silences
    where listed_at is not null
    union all
    select driven.trip_id, 'too_long', driven.entered_at
    from driven_trips as driven
    cross join lateral (
        select listed_after_s, quotes
        from jsonb_to_recordset(%(stays)s) as stay (market text, state text, listed_after_s integer, quotes integer)
        where stay.state = driven.state and (stay.market = driven.market or stay.market is null)
        order by stay.market nulls last
        limit 1
    ) as stay
    where extract(epoch from %(now)s - driven.entered_at)
            >= greatest(stay.listed_after_s, stay.quotes * driven.quoted_duration_s)
        and not exists (select from trip_silences as silence
            where silence.trip_id = driven.trip_id and silence.listed_at is not null)
    union all
    select id, 'not_settled', ended_at
    from trips
    where settled_at is null and state in ('completed', 'cancelled', 'no_driver_found')
        and ended_at < %(unsettled_before)s
        and not exists (select from published_waiting_settlements as waiting
            where waiting.trip_id = trips.id and waiting.retry_at > %(now)s)
) as stuck
join trips on trips.id = stuck.trip_id
left join published_vehicles as vehicle on vehicle.id = trips.vehicle_id
where trips.id > %(after)s
    and (stuck.reason <> 'driver_silent' or trips.state in ('driver_arrived', 'in_progress'))
order by trips.id
limit %(limit)s
