-- Events that the bus did not take: due again later, or set aside. A row whose event came back meanwhile is gone.
update outbox
set
    due_at = refused.due_at, attempts = refused.attempts, last_error = coalesce(refused.last_error, outbox.last_error),
    set_aside_at = refused.set_aside_at
from jsonb_to_recordset(%(refused)s) as refused (
    id uuid, due_at timestamptz, attempts smallint, last_error text, set_aside_at timestamptz)
where outbox.id = refused.id
