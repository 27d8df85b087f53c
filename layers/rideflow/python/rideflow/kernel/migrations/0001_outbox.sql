-- Events that were committed with their state and are not published yet. `due_at` is when the sweeper may take a row next,
-- from its commit on. An event that the bus refuses makes way for the others: it is due again later each time, and in the
-- end set aside for an operator.
create table outbox (
    id uuid primary key,
    source text not null,
    type text not null,
    detail jsonb not null,
    created_at timestamptz not null default now(),
    due_at timestamptz not null default now(),
    attempts smallint not null default 0,
    last_error text,
    set_aside_at timestamptz
);
create index outbox_due on outbox (due_at) where set_aside_at is null;
create index outbox_set_aside on outbox (set_aside_at) where set_aside_at is not null;

-- The one way into the outbox, for the statement that changes the state: `events` are rows of it, `more` is what only that
-- statement knows of all of them. It must be asked for in what the statement answers (`select id, outbox_add(…) from changed`):
-- PostgreSQL does not run a `with` query that only selects and that nothing reads.
create function outbox_add(events jsonb, more jsonb default '{}') returns void language sql volatile as $$
    insert into outbox (id, source, type, detail)
    select event.id, event.source, event.type, event.detail || more
    from jsonb_to_recordset(events) as event (id uuid, source text, type text, detail jsonb)
$$;
