-- The entries that moved an account, newest first, before a position, of a period; each with the journal that names its cause.
select
    entry.position, entry.sequence, entry.amount_minor, entry.balance_minor, entry.posted_at, journal.effective_at,
    journal.cause_type, journal.cause_id, journal.step, journal.memo, journal.id as journal_id
from ledger_entries as entry
join ledger_journals as journal on journal.id = entry.journal_id
where
    entry.account_id = %(account_id)s and entry.phase = 'posted' and entry.position < %(before)s
    and (%(since)s::timestamptz is null or entry.posted_at >= %(since)s)
    and (%(until)s::timestamptz is null or entry.posted_at < %(until)s)
order by entry.position desc
limit %(limit)s
