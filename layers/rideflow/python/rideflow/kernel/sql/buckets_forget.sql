delete from rate_limits where full_at < %(full_before)s
