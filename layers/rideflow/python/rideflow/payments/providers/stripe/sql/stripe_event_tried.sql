update stripe_events set tried_at = %(tried_at)s where event_id = %(event_id)s and handled_at is null
