-- Trips whose driver's phone is silent: since when, and since when operators see them in their list. A row goes once the
-- phone is heard again, or the trip goes on.
create table trip_silences (
    trip_id uuid primary key references trips,
    driver_id uuid not null,
    silent_since timestamptz not null,
    listed_at timestamptz
);

-- Since when a city's positions could be read without a gap, and when last: silence counts only while somebody listened.
create table trip_listening (
    city text primary key,
    since timestamptz not null,
    last_at timestamptz not null
);

-- What the sweeper of silent trips looks through.
create index trips_on_their_way on trips (id) where state in ('driver_assigned', 'driver_arrived', 'in_progress');
