-- Causes whose amounts on a clearing account do not cancel out: of the entries after `since` that were posted before a time,
-- and of those that were found before.
with looked_at as (
    select entry.account_id, journal.cause_type, journal.cause_id
    from ledger_entries as entry
    join ledger_accounts as account on account.id = entry.account_id and account.is_clearing
    join ledger_journals as journal on journal.id = entry.journal_id
    where entry.position > %(since)s and entry.position <= %(position)s and entry.phase = 'posted'
    union
    select account_id, cause_type, cause_id
    from jsonb_to_recordset(%(found)s) as found (account_id uuid, cause_type text, cause_id uuid)
)

select looked_at.account_id, looked_at.cause_type, looked_at.cause_id, total.minor as amount_minor, total.posted_at as since
from looked_at
cross join lateral (
    select sum(entry.amount_minor) as minor, min(entry.posted_at) as posted_at
    from ledger_journals as journal
    join ledger_entries as entry on entry.journal_id = journal.id
    where
        journal.cause_type = looked_at.cause_type and journal.cause_id = looked_at.cause_id
        and entry.account_id = looked_at.account_id and entry.phase = 'posted'
) as total
where total.minor <> 0
order by total.posted_at
limit %(limit)s
