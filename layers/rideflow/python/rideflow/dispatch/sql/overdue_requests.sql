-- Open requests that their saga should have closed by now.
select trip_id from match_requests where closed_at is null and expires_at < %(before)s
