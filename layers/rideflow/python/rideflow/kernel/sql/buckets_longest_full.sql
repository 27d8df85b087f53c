select min(full_at) as full_at from rate_limits
