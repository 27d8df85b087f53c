-- Add events that belong to no change in this statement.
select outbox_add(%(events)s)
