-- Events that tell of no change in this statement.
select outbox_add(%(events)s)
