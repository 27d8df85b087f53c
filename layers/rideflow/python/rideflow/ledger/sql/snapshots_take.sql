select ledger_take_snapshots(%(position)s, %(at)s) as snapshots
