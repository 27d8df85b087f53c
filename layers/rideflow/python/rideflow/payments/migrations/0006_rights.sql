-- What functions do to the tables of payments. Nobody changes a receipt.
grant select, insert, update on payment_methods, payment_orders, stripe_events to functions;
grant select, insert on receipts to functions;
grant select, insert, update, delete on payer_actions to functions;
grant select on
    payment_methods_usable, published_default_methods, published_trip_cards, published_payer_actions, published_waiting_settlements
to functions;

grant select on payment_orders, receipts, stripe_events to reader;
