insert into ledger_checks (id, position, cleared_position, entries, differences, uncleared, checked_at)
values (
    %(id)s, %(position)s, %(cleared_position)s, %(entries)s, %(differences)s, %(uncleared)s, %(at)s
)
