select * from trips where id = %(id)s
