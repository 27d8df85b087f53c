-- Deletes the driver's former offer of the trip, so that an operator may make another; the audit log keeps how it ended.
delete from offers
where trip_id = %(trip_id)s and driver_id = %(driver_id)s and (state <> 'open' or expires_at <= %(now)s)
