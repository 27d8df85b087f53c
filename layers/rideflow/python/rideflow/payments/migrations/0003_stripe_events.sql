-- Stripe's webhooks, stored before anything is done about them; `handled_at` says it was done, `tried_at` when the sweeper
-- last tried. The payload is the body that was signed: jsonb takes neither an escaped NUL nor a lone surrogate, and a
-- provider may send both.
create table stripe_events (
    event_id text primary key,
    type text not null,
    payload text not null,
    received_at timestamptz not null,
    handled_at timestamptz,
    tried_at timestamptz
);
create index stripe_events_unhandled on stripe_events (received_at) where handled_at is null;
