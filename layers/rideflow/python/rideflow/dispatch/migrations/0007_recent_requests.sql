-- Where riders asked lately is counted each minute; the other index holds who waits still.
create index match_requests_recent on match_requests (zone, opened_at);
