-- How far the books were checked, and the causes that were not cleared then.
select position, cleared_position, entries, differences, uncleared
from ledger_checks
order by id desc
limit 1
