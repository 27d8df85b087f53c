-- How a card is funded, as Stripe tells: `credit`, `debit`, `prepaid` or `unknown`. Not known of cards described before.
alter table rider_cards add column funding text;

-- Published: for matching, since a driver may not take rides that are paid by some.
create view rider_card_kinds as
select payment_method_id, funding from rider_cards;
