-- Postpone or set aside events that the bus refused. A row is gone if its event came back from the bus meanwhile.
update outbox
set
    due_at = refused.due_at, attempts = refused.attempts, last_error = coalesce(refused.last_error, outbox.last_error),
    set_aside_at = refused.set_aside_at
from jsonb_to_recordset(%(refused)s) as refused (
    id uuid, due_at timestamptz, attempts smallint, last_error text, set_aside_at timestamptz)
where outbox.id = refused.id
