select
    account.id, owner_kind, owner_id, kind, currency, normal_side, opened_at, balance.posted_minor, balance.reserved_minor
from ledger_accounts as account
join ledger_account_balances as balance on balance.account_id = account.id
where account.id = %(account_id)s
