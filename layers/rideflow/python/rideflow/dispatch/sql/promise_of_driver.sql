-- The trip that the driver has promised to drive next.
select trip_id from offers where driver_id = %(driver_id)s and state = 'promised'
