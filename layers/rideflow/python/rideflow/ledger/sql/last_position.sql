-- The last position. Only what was posted since the last snapshot or check is read for it.
select coalesce(max(position), 0) as position
from ledger_entries
where
    position >= greatest((select max(position) from ledger_snapshots), (select max(position) from ledger_checks), 0)
