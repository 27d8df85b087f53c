insert into operator_actions (id, at, operator_id, action, trip_id, outcome, details)
values (%(id)s, %(at)s, %(operator_id)s, %(action)s, %(trip_id)s, %(outcome)s, %(details)s)
