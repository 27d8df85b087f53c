select posted_minor, reserved_minor
from ledger_account_balances
where account_id = %(account_id)s
