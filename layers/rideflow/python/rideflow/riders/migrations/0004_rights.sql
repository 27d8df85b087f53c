-- What functions do to the tables of riders, and what they read of them for other contexts.
grant select, insert, update on riders, rider_cards to functions;
grant select on rider_cards_usable, published_default_cards, published_cards to functions;
grant execute on function published_describe_card to functions;
