-- Stripe's webhooks, stored before anything is done about them; `handled_at` says it was done, `tried_at` when the sweeper
-- last tried. `object` has few members of the Stripe object, and no personal data: `payments/providers/stripe/object_kept.py`.
create table stripe_events (
    event_id text primary key,
    type text not null,
    object jsonb not null,
    received_at timestamptz not null,
    handled_at timestamptz,
    tried_at timestamptz
);
create index stripe_events_unhandled on stripe_events (received_at) where handled_at is null;
