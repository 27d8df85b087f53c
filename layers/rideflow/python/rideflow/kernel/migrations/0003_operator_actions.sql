-- The audit log of operators' actions and attempts in all contexts. A row is written in the transaction of its
-- action; the row of a refused attempt is written by itself. `outcome` is `done` or the refusal's code.
create table operator_actions (
    id uuid primary key,
    at timestamptz not null,
    operator_id uuid not null,
    action text not null,
    trip_id uuid,
    outcome text not null,
    details jsonb not null
);
create index operator_actions_of_operator on operator_actions (operator_id, at);
create index operator_actions_on_trip on operator_actions (trip_id, at) where trip_id is not null;

create function refuse_change_of_audit() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger operator_actions_append_only before update or delete or truncate on operator_actions
    for each statement execute function refuse_change_of_audit();
