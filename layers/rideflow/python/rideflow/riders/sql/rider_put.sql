-- Replace the profile. With an expected version, no row where the profile is at another one.
insert into riders as rider
    (id, version, name, phone, home, work, favourites, preferences, created_at, updated_at)
select
    %(id)s, 1, %(name)s, %(phone)s, %(home)s, %(work)s, %(favourites)s, %(preferences)s, %(at)s, %(at)s
where
    %(expected_version)s::int is null or %(expected_version)s::int = 0
    or exists (select from riders where id = %(id)s)
on conflict (id) do update
set
    version = rider.version + 1, name = excluded.name, phone = excluded.phone, home = excluded.home,
    work = excluded.work, favourites = excluded.favourites, preferences = excluded.preferences,
    updated_at = excluded.updated_at
where %(expected_version)s::int is null or rider.version = %(expected_version)s::int
returning id, version, email, name, phone, home, work, favourites, preferences, updated_at
