-- What the sweeper of overdue orders looks through: few rows of many.
create index payment_orders_unfinished on payment_orders (updated_at)
    where state in ('pending', 'held', 'processing', 'failed', 'captured');
