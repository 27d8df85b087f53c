-- Token buckets by person and operation, as the moment at which each is full. A crash may empty the table: everybody then
-- has a full bucket again.
create unlogged table rate_limits (
    person_id uuid not null,
    operation text not null,
    full_at timestamptz not null,
    primary key (person_id, operation)
) with (fillfactor = 70);
