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

-- Who shows a receipt joins the face of its card, which is personal data: riders publish it.
create table receipts (
    order_id uuid primary key references payment_orders,
    trip_id uuid not null unique,
    rider_id uuid not null,
    driver_id uuid,
    kind text not null,
    breakdown jsonb not null,
    reasons jsonb,
    amount_minor bigint not null,
    currency text not null,
    payment_method_id text not null,
    issued_at timestamptz not null
);
