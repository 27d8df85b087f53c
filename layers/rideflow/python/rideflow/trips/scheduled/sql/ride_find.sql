select * from scheduled_rides where id = %(id)s
