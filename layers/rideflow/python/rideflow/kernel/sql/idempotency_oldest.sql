select min(created_at) as used_at from idempotency_keys
