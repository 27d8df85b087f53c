-- Oldest first; rows that another sweep holds are skipped, so two sweepers share the work.
select id, source, type, detail
from outbox
where created_at < %(committed_before)s
order by created_at
limit %(limit)s
for update skip locked
