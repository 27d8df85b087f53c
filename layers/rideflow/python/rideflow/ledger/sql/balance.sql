-- An account's posted debits less its credits, and what open journals reserve against its normal side. A kept balance is
-- its row; another one is the newest snapshot and the entries after it.
select
    coalesce(kept.posted_minor, snapshot.posted_minor + tail.posted_minor) as posted_minor,
    case
        when kept.account_id is null then reserved.minor
        when account.normal_side = 'credit' then kept.pending_debit_minor
        else kept.pending_credit_minor
    end as reserved_minor
from ledger_accounts as account
left join ledger_balances as kept on kept.account_id = account.id
left join lateral (
    select coalesce(max(position), 0) as position from ledger_snapshots where account_id = account.id
) as newest on kept.account_id is null
left join lateral (
    select coalesce(sum(posted_minor), 0) as posted_minor
    from ledger_snapshots
    where account_id = account.id and position = newest.position
) as snapshot on kept.account_id is null
left join lateral (
    select coalesce(sum(amount_minor), 0) as posted_minor
    from ledger_entries
    where account_id = account.id and phase = 'posted' and position > newest.position
) as tail on kept.account_id is null
left join lateral (
    select coalesce(sum(abs(entry.amount_minor)), 0) as minor
    from ledger_open_journals
    join ledger_entries as entry using (journal_id)
    where entry.account_id = account.id and (entry.amount_minor > 0) = (account.normal_side = 'credit')
) as reserved on kept.account_id is null
where account.id = %(account_id)s
