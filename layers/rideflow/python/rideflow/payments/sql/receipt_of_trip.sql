select
    order_id, trip_id, rider_id, driver_id, kind, breakdown, reasons, amount_minor, currency, payment_method_id, issued_at,
    case when card.payment_method_id is not null then jsonb_build_object('brand', card.brand, 'last4', card.last4) end as card,
    (select terms ->> 'version' from payment_orders where id = order_id) as terms_version
from receipts
left join published_cards as card using (payment_method_id)
where trip_id = %(trip_id)s
