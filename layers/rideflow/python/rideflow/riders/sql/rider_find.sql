select id, version, email, name, phone, home, work, favourites, preferences, updated_at
from riders
where id = %(id)s
