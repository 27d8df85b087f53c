-- Rows that are due, the longest due first. Rows that another sweep holds are skipped, so two sweepers share the work.
select id, source, type, detail, attempts
from outbox
where due_at < %(due_before)s and set_aside_at is null
order by due_at
limit %(limit)s
for update skip locked
