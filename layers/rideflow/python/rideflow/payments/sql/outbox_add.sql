insert into outbox (id, source, type, detail)
select id, source, type, detail
from jsonb_to_recordset(%(events)s) as event (id uuid, source text, type text, detail jsonb)
