-- Accounts of an owner, or of all, by id; each filter is left out if it is null.
select
    account.id, owner_kind, owner_id, kind, currency, normal_side, opened_at, balance.posted_minor, balance.reserved_minor
from ledger_accounts as account
join ledger_account_balances as balance on balance.account_id = account.id
where
    account.id > %(after)s
    and (%(owner_kind)s::text is null or owner_kind = %(owner_kind)s)
    and (%(owner_id)s::uuid is null or owner_id = %(owner_id)s)
    and (%(kind)s::text is null or kind = %(kind)s)
order by account.id
limit %(limit)s
