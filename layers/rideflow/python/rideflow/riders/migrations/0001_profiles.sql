-- A rider's profile; the app replaces it as a whole. `email` is what they registered with.
create table riders (
    id uuid primary key,
    version integer not null check (version >= 0),
    email text,
    name text,
    phone text,
    home jsonb,
    work jsonb,
    favourites jsonb not null default '[]',
    preferences jsonb not null default '{}',
    created_at timestamptz not null,
    updated_at timestamptz not null
);
