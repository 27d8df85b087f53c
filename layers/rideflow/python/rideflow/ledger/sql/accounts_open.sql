select ledger_open_accounts(%(accounts)s, %(at)s)
