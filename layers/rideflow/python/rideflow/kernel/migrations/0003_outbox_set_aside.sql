-- An event that the bus refuses makes way for the others: it is due again later each time, and in the end set aside for an
-- operator. `due_at` is when the sweeper may take a row next, from its commit on.
alter table outbox
    add column due_at timestamptz not null default now(),
    add column attempts smallint not null default 0,
    add column last_error text,
    add column set_aside_at timestamptz;
update outbox set due_at = created_at;
drop index outbox_created_at;
create index outbox_due on outbox (due_at) where set_aside_at is null;
create index outbox_set_aside on outbox (set_aside_at) where set_aside_at is not null;
