-- What functions do to the tables of the kernel. Nobody changes the audit log.
grant select, insert, update, delete on outbox, rate_limits to functions;
grant select, insert, delete, update (person_id) on idempotency_keys to functions; -- a lock: no statement updates it
grant insert on operator_actions to functions;
grant execute on function outbox_add to functions;

grant select on operator_actions to reader;
