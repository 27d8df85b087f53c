insert into outbox (id, source, type, detail)
select event.id, event.source, event.type, event.detail
from jsonb_to_recordset(%(events)s) as event (id uuid, source text, type text, detail jsonb)
