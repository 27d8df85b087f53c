-- Every trip that a driver has; since when the driver has been silent, if that is known; when the market's drivers were last
-- listened to.
select driven.*, silence.silent_since, listening.last_at as looked_at
from driven_trips as driven
left join trip_silences as silence on silence.trip_id = driven.trip_id and silence.driver_id = driven.driver_id
left join trip_listening as listening on listening.market = driven.market
