-- One row for each amount that is owed. The states and their transitions: `payments/orders/model.py`; the kinds:
-- `payments/orders/kinds.py`. Orders of a kind are numbered within their trip: a second tip, a share of a fare.
-- The payer is the rider so far; an organisation pays for others. What has no trip, such as a top-up of a wallet, and what needs no
-- method, such as cash, has none of these columns (ADR 152). `of_order_id` is the order that a refund or an adjustment is about.
-- `credit_minor` is the part of the amount that the payer's credit has paid.
-- `carried_minor` are amounts of earlier orders that are captured with this one, since each was less than the provider takes;
-- their `carried_to` names it.
-- `reasons` says why a ride costs what it does (`FareReasons` of `pricing/model.py`); cancellation fees have none.
-- `terms` are those of the trip's market (`markets/terms.py`) when the fare's order was opened, and `version` names them.
-- `hold_order_id` is the order for which the hold is reserved in the ledger: a cancellation fee takes over the fare's.
-- `settlement_asked_at` is when the sweeper last asked for the order's settlement: orders that stay overdue queue behind the
-- others. `hold_looked_for_at` is when Stripe was asked for a hold of a cancelled order that has none on record.
-- `least_minor` is more than the provider refused as too small. `attempts` numbers the attempts at the capture, `declines` counts
-- those that were declined, and `retry_at` is when the settlement that waits after one tries again. `given_up_at` is when the capture
-- failed for good: the payer owes the amount, and the hold is to be released.
-- `capture_before` is when the hold ends by its provider's word, if it told that.
create table payment_orders (
    id uuid primary key,
    trip_id uuid,
    kind text not null,
    number smallint not null default 1 check (number > 0),
    payer_kind text not null check (payer_kind ~ '^[a-z_]{1,40}$'),
    payer_id uuid not null,
    rider_id uuid,
    driver_id uuid,
    state text not null check (state in (
        'pending', 'held', 'processing', 'captured', 'carried', 'settled', 'refunded', 'failed', 'cancelled'
    )),
    amount_minor bigint not null check (amount_minor >= 0),
    held_minor bigint not null default 0 check (held_minor >= 0),
    captured_minor bigint not null default 0,
    carried_minor bigint not null default 0 check (carried_minor >= 0),
    carried_to uuid references payment_orders,
    credit_minor bigint not null default 0 check (credit_minor between 0 and amount_minor),
    of_order_id uuid references payment_orders,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    provider text not null,
    customer_ref text,
    method_ref text,
    terms jsonb not null,
    provider_ref text,
    hold_order_id uuid,
    least_minor bigint not null default 0 check (least_minor >= 0),
    breakdown jsonb,
    reasons jsonb,
    attempts integer not null default 0,
    declines integer not null default 0,
    last_error text,
    retry_at timestamptz,
    confirmed_at timestamptz,
    driven_distance_m integer,
    driven_duration_s integer,
    settlement_asked_at timestamptz,
    hold_looked_for_at timestamptz,
    given_up_at timestamptz,
    capture_before timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    unique (trip_id, kind, number),
    check (captured_minor >= 0 and (captured_minor <= held_minor or hold_order_id is null)),
    check (kind not in ('fare', 'cancellation_fee', 'tip') or (trip_id is not null and rider_id is not null)),
    check (provider <> 'stripe' or (customer_ref is not null and method_ref is not null))
);
-- A fare and a cancellation fee may share the hold; one of them captures it.
create index payment_orders_provider_ref on payment_orders (provider_ref, provider);
create unique index payment_orders_one_capture on payment_orders (provider_ref, provider) where captured_minor > 0;
-- The rows that the sweeper of overdue orders reads: few of many.
create index payment_orders_unfinished on payment_orders (updated_at)
    where state in ('pending', 'held', 'processing', 'failed', 'captured')
        or (state = 'cancelled' and provider_ref is null and hold_looked_for_at is null);
-- Whose settlement waits for its next attempt: few of many.
create index payment_orders_waiting on payment_orders (trip_id) where retry_at is not null;
-- What waits for its payer's next ride, and which order took it along: few of many.
create index payment_orders_carried on payment_orders (payer_id) where state = 'carried' and carried_to is null;
create index payment_orders_carried_to on payment_orders (carried_to) where carried_to is not null;

-- What a payer's bank wants of them before it holds the money (`payments/orders/payer_actions.py`), while the
-- order is `pending`. `until` is when the match saga waits no longer, and `task_token` what it waits by; both are
-- null before the payer is asked. `client_secret` is null once the provider told that the payer has answered.
create table payer_actions (
    order_id uuid primary key,
    trip_id uuid not null,
    payer_id uuid not null,
    client_secret text,
    publishable_key text,
    until timestamptz,
    task_token text
);
create index payer_actions_trip on payer_actions (trip_id);
