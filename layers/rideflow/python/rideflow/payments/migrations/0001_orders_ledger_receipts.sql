-- One row for each sum of money that a trip moves. The states and what may follow what: `payments/model.py`.
create table payment_orders (
    id uuid primary key,
    trip_id uuid not null,
    kind text not null check (kind in ('fare', 'cancellation_fee')),
    rider_id uuid not null,
    driver_id uuid,
    state text not null check (state in (
        'pending', 'held', 'processing', 'captured', 'settled', 'refunded', 'failed', 'cancelled'
    )),
    amount_minor bigint not null check (amount_minor >= 0),
    held_minor bigint not null default 0 check (held_minor >= 0),
    captured_minor bigint not null default 0,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    stripe_customer_id text not null,
    payment_method_id text not null,
    card jsonb not null,
    payment_intent_id text,
    breakdown jsonb,
    attempts integer not null default 0,
    last_error text,
    confirmed_at timestamptz,
    driven_distance_m integer,
    driven_duration_s integer,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    unique (trip_id, kind),
    check (captured_minor between 0 and held_minor)
);
-- A fare and a cancellation fee may share the hold; one of them captures it.
create index payment_orders_payment_intent on payment_orders (payment_intent_id);
create unique index payment_orders_one_capture on payment_orders (payment_intent_id) where captured_minor > 0;

-- Double entry: a debit is positive, a credit negative.
create table ledger_entries (
    id uuid primary key,
    order_id uuid not null references payment_orders,
    account text not null,
    amount_minor bigint not null check (amount_minor <> 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    at timestamptz not null,
    memo text not null,
    -- An order is posted once: a second posting would touch the same accounts.
    unique (order_id, account)
);
create index ledger_entries_account on ledger_entries (account, at);

create function ledger_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'ledger entries are never changed or deleted: post a new order' using errcode = 'restrict_violation';
end;
$$;
create trigger ledger_entries_append_only before update or delete on ledger_entries
    for each row execute function ledger_is_append_only();
create trigger ledger_entries_not_truncated before truncate on ledger_entries
    for each statement execute function ledger_is_append_only();

create function ledger_order_sums_to_zero() returns trigger language plpgsql as $$
begin
    if exists (
        select from ledger_entries where order_id = new.order_id group by currency having sum(amount_minor) <> 0
    ) then
        raise exception 'the ledger entries of order % do not sum to zero', new.order_id
            using errcode = 'check_violation', constraint = 'ledger_entries_balanced';
    end if;
    return null;
end;
$$;
-- Deferred: judged at commit, when all entries of the order are there.
create constraint trigger ledger_entries_balanced after insert on ledger_entries
    deferrable initially deferred for each row execute function ledger_order_sums_to_zero();

create table receipts (
    order_id uuid primary key references payment_orders,
    trip_id uuid not null unique,
    rider_id uuid not null,
    driver_id uuid,
    kind text not null,
    breakdown jsonb not null,
    amount_minor bigint not null,
    currency text not null,
    card jsonb not null,
    issued_at timestamptz not null
);

-- Stripe's webhooks, stored before anything is done about them; `handled_at` says it was done.
create table stripe_events (
    event_id text primary key,
    type text not null,
    payload jsonb not null,
    received_at timestamptz not null,
    handled_at timestamptz
);
create index stripe_events_unhandled on stripe_events (received_at) where handled_at is null;

-- What payments reads of a trip, and the card that pays for it.
create view trips_to_pay as
select
    trips.id as trip_id, trips.rider_id, trips.driver_id, trips.state, trips.city, trips.quote_id,
    trips.quoted_amount_minor, trips.currency, trips.cancellation_fee_minor, trips.arrived_at, trips.started_at
from trips;
