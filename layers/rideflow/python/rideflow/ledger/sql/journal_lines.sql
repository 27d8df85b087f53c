-- The lines of the journal that was posted for a step, with the journals that it resolves and reverses; one row without a line
-- if it has none.
select
    journal.phase, entry.account_id, entry.amount_minor,
    resolved.cause_type as resolves_type, resolved.cause_id as resolves_id, resolved.step as resolves_step,
    reversed.cause_type as reverses_type, reversed.cause_id as reverses_id, reversed.step as reverses_step
from ledger_journals as journal
left join ledger_journals as resolved on resolved.id = journal.resolves
left join ledger_journals as reversed on reversed.id = journal.reverses
left join ledger_entries as entry on entry.journal_id = journal.id
where journal.cause_type = %(type)s and journal.cause_id = %(id)s and journal.step = %(step)s
