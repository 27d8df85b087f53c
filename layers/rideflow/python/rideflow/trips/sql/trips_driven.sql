-- Every trip that has a driver, with the start of the driver's silence, if there is one, and the last time at which the
-- market's positions could be read.
select driven.*, silence.silent_since, listening.last_at as looked_at
from driven_trips as driven
left join trip_silences as silence on silence.trip_id = driven.trip_id and silence.driver_id = driven.driver_id
left join trip_listening as listening on listening.market = driven.market
