-- The last of the entries that were all posted before a time. Clocks of functions differ by seconds, days do not.
select coalesce(min(position) - 1, %(position)s) as position
from ledger_entries
where position > %(since)s and position <= %(position)s and posted_at >= %(before)s
