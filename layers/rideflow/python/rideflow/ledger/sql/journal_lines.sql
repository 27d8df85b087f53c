-- The lines of the journal that was posted for a step; one row without a line if it has none.
select journal.phase, entry.account_id, entry.amount_minor
from ledger_journals as journal
left join ledger_entries as entry on entry.journal_id = journal.id
where journal.cause_type = %(type)s and journal.cause_id = %(id)s and journal.step = %(step)s
