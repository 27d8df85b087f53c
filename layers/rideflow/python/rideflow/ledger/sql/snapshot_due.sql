-- When the first entry was posted that no snapshot of its account covers; null if there is none.
select min(entry.posted_at) as due_at
from ledger_accounts as account
cross join lateral (
    select coalesce(max(position), 0) as position from ledger_snapshots where account_id = account.id
) as newest
join ledger_entries as entry
    on entry.account_id = account.id and entry.phase = 'posted' and entry.position > newest.position
where not account.keeps_balance
