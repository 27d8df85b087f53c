insert into ledger_entries (id, order_id, account, amount_minor, currency, at, memo)
select id, %(order_id)s, account, amount_minor, %(currency)s, %(at)s, memo
from jsonb_to_recordset(%(entries)s) as entry (id uuid, account text, amount_minor bigint, memo text)
