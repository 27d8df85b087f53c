select posted, missing
from ledger_post(%(journals)s, %(lines)s, %(at)s, %(lock)s)
