-- Requests that their saga should have ended by now.
select trip_id from match_requests where closed_at is null and expires_at < %(before)s
