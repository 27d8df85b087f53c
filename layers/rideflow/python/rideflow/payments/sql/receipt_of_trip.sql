select order_id, trip_id, rider_id, driver_id, kind, breakdown, reasons, amount_minor, currency, card, issued_at
from receipts
where trip_id = %(trip_id)s
