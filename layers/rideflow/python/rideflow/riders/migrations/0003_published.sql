-- The card of each rider that is charged. It is computed, not stored: two cards saved at once cannot both become the default.
create view published_default_cards as
select distinct on (rider_id)
    rider_id, stripe_customer_id, payment_method_id
from rider_cards_usable
order by rider_id, made_default_at desc nulls last, created_at, payment_method_id;
comment on view published_default_cards is
    'The card that pays for a rider''s trips: the one made the default last, else the first saved. No row: no trip.';

create view published_card_kinds as
select payment_method_id, funding from rider_cards;
comment on view published_card_kinds is
    'How each card is funded, if Stripe has told: a driver may not take rides that are paid by some kinds.';

-- Detached cards too: they paid for former rides.
create view published_cards as
select payment_method_id, brand, last4
from rider_cards
where brand is not null and last4 is not null;
comment on view published_cards is
    'The face of each card, for its rider''s receipts alone. It stays when the card is detached. Without a row a receipt shows no card.';

create function published_describe_card(face jsonb) returns void language sql volatile strict as $$
    insert into rider_cards (
        payment_method_id, stripe_customer_id, brand, last4, exp_month, exp_year, funding, told_at
    )
    select payment_method_id, stripe_customer_id, brand, last4, exp_month, exp_year, funding, told_at
    from jsonb_to_record(face) as card (
        payment_method_id text, stripe_customer_id text, brand text, last4 text, exp_month smallint, exp_year smallint,
        funding text, told_at timestamptz
    )
    on conflict (payment_method_id) do update
    set
        stripe_customer_id = coalesce(rider_cards.stripe_customer_id, excluded.stripe_customer_id),
        brand = excluded.brand, last4 = excluded.last4, exp_month = excluded.exp_month, exp_year = excluded.exp_year,
        funding = excluded.funding, told_at = excluded.told_at
    where rider_cards.told_at is null or rider_cards.told_at <= excluded.told_at
$$;
comment on function published_describe_card is
    'Takes in the face of a card from a webhook that payments verified, unless a newer one was told before.';
