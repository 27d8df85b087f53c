-- Notes the silent drivers of trips, and since when. Operators see a trip from the first time on that it is to be listed. A
-- silence that goes on stays listed, also if it counts anew because positions could not be read meanwhile.
insert into trip_silences as known (trip_id, driver_id, silent_since, listed_at)
select silent.trip_id, silent.driver_id, silent.silent_since, case when silent.is_listed then %(now)s::timestamptz end
from jsonb_to_recordset(%(silent)s) as silent (trip_id uuid, driver_id uuid, silent_since timestamptz, is_listed boolean)
order by silent.trip_id
on conflict (trip_id) do update set
    driver_id = excluded.driver_id,
    silent_since = excluded.silent_since,
    listed_at = case
        when known.driver_id = excluded.driver_id and excluded.silent_since <= known.silent_since
            then coalesce(known.listed_at, excluded.listed_at)
        else excluded.listed_at
    end
