-- Cards as Stripe's webhooks tell of them: never a card number. One webhook says whose the payment method is, another what it
-- looks like; they come in any order, so each fills its own columns, and the card counts once both are there.
-- `told_at` is Stripe's time of the webhook with the face: an older one changes nothing.
-- A card that was detached from its customer never comes back: Stripe refuses to use it again.
-- `funding` is `credit`, `debit`, `prepaid` or `unknown`, as Stripe tells.
create table rider_cards (
    payment_method_id text primary key,
    rider_id uuid,
    stripe_customer_id text,
    brand text,
    last4 text check (last4 ~ '^[0-9]{4}$'),
    exp_month smallint,
    exp_year smallint,
    funding text,
    told_at timestamptz,
    made_default_at timestamptz,
    detached_at timestamptz,
    created_at timestamptz not null default now()
);
create index rider_cards_rider on rider_cards (rider_id, created_at);

create view rider_cards_usable as
select payment_method_id, rider_id, stripe_customer_id, brand, last4, exp_month, exp_year, made_default_at, created_at
from rider_cards
where rider_id is not null and stripe_customer_id is not null and brand is not null and detached_at is null;
