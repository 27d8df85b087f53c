select ledger_wait_for_postings(%(lock)s)
