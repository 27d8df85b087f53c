select ledger_record_check(
    %(id)s, %(position)s, %(cleared_position)s, %(entries)s, %(differences)s, %(uncleared)s, %(at)s
)
