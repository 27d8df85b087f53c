-- Whether a request or an offer is open, or the end of a promise may not have been told.
select
    exists (select from match_requests where closed_at is null)
    or exists (select from offers where state in ('open', 'promised'))
    or exists (
        select from offers
        where promised_at is not null and end_told_at is null and state in ('declined', 'expired', 'withdrawn')
    ) as living
