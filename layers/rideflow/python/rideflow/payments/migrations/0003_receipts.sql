-- The columns are those of the order. `amount_minor` is the order's; with it the payer was charged `carried_minor` of earlier orders: `charged_minor` in all, or
-- nothing, if it is less than the provider takes and is carried to the next ride.
-- A receipt keeps the id of its card. The card's face is personal data of `payment_methods`, which a statement
-- that shows a receipt joins.
create table receipts (
    order_id uuid primary key references payment_orders,
    trip_id uuid,
    payer_kind text not null,
    payer_id uuid not null,
    rider_id uuid,
    driver_id uuid,
    kind text not null,
    breakdown jsonb not null,
    reasons jsonb,
    amount_minor bigint not null,
    carried_minor bigint not null,
    credit_minor bigint not null,
    charged_minor bigint not null,
    currency text not null,
    provider text not null,
    method_ref text,
    issued_at timestamptz not null
);
create index receipts_trip on receipts (trip_id, issued_at);
