-- Why a ride costs what it does (`FareReasons` of `pricing/model.py`); none of orders before, and of cancellation fees.
alter table payment_orders add column reasons jsonb;
alter table receipts add column reasons jsonb;
