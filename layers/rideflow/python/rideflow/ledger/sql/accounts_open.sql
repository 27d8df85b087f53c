-- Accounts that a journal needs for the first time, with the rows of their balances. Others may open them at the same time.
with given as (
    select *
    from jsonb_to_recordset(%(accounts)s) as account (
        id uuid, owner_kind text, owner_id uuid, kind text, currency text, normal_side text, is_floored boolean,
        keeps_balance boolean, is_clearing boolean
    )
),

opened as (
    insert into ledger_accounts (
        id, owner_kind, owner_id, kind, currency, normal_side, is_floored, keeps_balance, is_clearing, opened_at
    )
    select id, owner_kind, owner_id, kind, currency, normal_side, is_floored, keeps_balance, is_clearing, %(at)s
    from given
    order by id
    on conflict do nothing
    returning id, normal_side, is_floored, keeps_balance
)

insert into ledger_balances (account_id, normal_side, is_floored)
select id, normal_side, is_floored
from opened
where keeps_balance
