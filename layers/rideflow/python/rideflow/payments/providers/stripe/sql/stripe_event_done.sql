update stripe_events set handled_at = %(handled_at)s where event_id = %(event_id)s
