select coalesce(max(position), 0) as position from ledger_entries
