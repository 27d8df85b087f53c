-- The driver's former offer of the trip makes room for another: an operator says so, and the audit log keeps how it ended.
delete from offers
where trip_id = %(trip_id)s and driver_id = %(driver_id)s and (state <> 'open' or expires_at <= %(now)s)
