select posted, missing
from ledger_post(%(journals)s, %(lines)s, %(accounts)s::uuid[], %(at)s, %(lock)s)
