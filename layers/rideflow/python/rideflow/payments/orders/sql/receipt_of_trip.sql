-- The face of the card is personal data of the rider, and in no receipt: it is joined, and gone once the rider is erased.
select
    receipt.order_id, receipt.trip_id, receipt.rider_id, receipt.driver_id, receipt.kind, receipt.breakdown, receipt.reasons,
    receipt.amount_minor, receipt.carried_minor, receipt.charged_minor, receipt.currency, receipt.provider, receipt.method_ref, receipt.issued_at,
    case
        when method.brand is not null and method.last4 is not null
            then jsonb_build_object('brand', method.brand, 'last4', method.last4)
    end as card,
    (select terms ->> 'version' from payment_orders where id = receipt.order_id) as terms_version
from receipts as receipt
left join payment_methods as method using (provider, method_ref)
where receipt.trip_id = %(trip_id)s and receipt.kind in ('fare', 'cancellation_fee')
