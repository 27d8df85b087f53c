-- Responses of creating requests: a repeat gets the same response and creates nothing.
create table idempotency_keys (
    person_id uuid not null,
    operation text not null,
    key text not null,
    fingerprint text not null,
    response jsonb not null,
    created_at timestamptz not null default now(),
    primary key (person_id, operation, key)
);
create index idempotency_keys_created_at on idempotency_keys (created_at);

-- Token buckets by person and operation, as the moment at which each is full. A crash may empty the table: everybody then
-- has a full bucket again.
create unlogged table rate_limits (
    person_id uuid not null,
    operation text not null,
    full_at timestamptz not null,
    primary key (person_id, operation)
) with (fillfactor = 70);
