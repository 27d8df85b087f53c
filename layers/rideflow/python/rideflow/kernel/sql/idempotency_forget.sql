delete from idempotency_keys where created_at < %(used_before)s
