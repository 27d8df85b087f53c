-- Events that were committed with their state and are not published yet.
create table outbox (
    id uuid primary key,
    source text not null,
    type text not null,
    detail jsonb not null,
    created_at timestamptz not null default now()
);
create index outbox_created_at on outbox (created_at);

-- What a creating request answered, so that its repeat gets the same answer and creates nothing.
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
