-- Payment methods as their providers' webhooks tell of them: cards now, and never a card number. `method_ref` and
-- `customer_ref` are the provider's ids. One webhook says whose the method is, another what it looks like; they come in any
-- order, so each fills its own columns, and the method counts once both are there.
-- `told_at` is the provider's time of the webhook with the face: an older one changes nothing.
-- A method that was detached from its customer never comes back: Stripe refuses to use it again.
-- `kind` is what it is at its provider: a card so far. `funding` is `credit`, `debit`, `prepaid` or `unknown`, as Stripe tells.
create table payment_methods (
    provider text not null,
    method_ref text not null,
    kind text not null default 'card',
    rider_id uuid,
    customer_ref text,
    brand text,
    last4 text check (last4 ~ '^[0-9]{4}$'),
    exp_month smallint,
    exp_year smallint,
    funding text,
    told_at timestamptz,
    made_default_at timestamptz,
    detached_at timestamptz,
    created_at timestamptz not null default now(),
    primary key (provider, method_ref)
);
create index payment_methods_rider on payment_methods (rider_id, created_at);

create view payment_methods_usable as
select provider, method_ref, rider_id, customer_ref, brand, last4, exp_month, exp_year, made_default_at, created_at
from payment_methods
where rider_id is not null and customer_ref is not null and (kind <> 'card' or brand is not null) and detached_at is null;
