-- Delete a batch of buckets that have been full since then. Buckets that a request has locked are skipped.
with forgotten as materialized (
    select person_id, operation from rate_limits
    where full_at < %(full_before)s
    limit %(limit)s
    for update skip locked
)
delete from rate_limits using forgotten
where rate_limits.person_id = forgotten.person_id and rate_limits.operation = forgotten.operation
