-- Pending journals that nothing has resolved since a time.
select journal.cause_type, journal.cause_id, journal.step, journal.memo, open.since
from ledger_open_journals as open
join ledger_journals as journal on journal.id = open.journal_id
where open.since < %(before)s
order by open.since
limit %(limit)s
