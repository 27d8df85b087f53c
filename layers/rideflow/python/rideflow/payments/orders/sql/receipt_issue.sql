insert into receipts (
    order_id, trip_id, rider_id, driver_id, kind, breakdown, reasons, amount_minor, carried_minor,
    charged_minor, currency, provider, method_ref, issued_at
)
values (
    %(order_id)s, %(trip_id)s, %(rider_id)s, %(driver_id)s, %(kind)s, %(breakdown)s, %(reasons)s, %(amount_minor)s,
    %(carried_minor)s, %(charged_minor)s, %(currency)s, %(provider)s, %(method_ref)s, %(issued_at)s
)
