-- Told by an event that may come late, twice, or after the rider wrote their profile: it never overwrites what they wrote.
insert into riders (id, version, email, name, created_at, updated_at)
values (%(id)s, 0, %(email)s, %(name)s, %(at)s, %(at)s)
on conflict (id) do update
set email = excluded.email, name = case when riders.version = 0 then excluded.name else riders.name end
