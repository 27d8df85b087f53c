-- Three roles (ADR 133). The role that migrates owns every object. `functions` run the product: the last migration of each
-- context grants them what their statements do, and nothing else. `reader` is for people who look at the books, without
-- anybody's name, place or card. Nothing is granted by default, so that a table without a grant fails its first test.
--
-- Roles belong to the server and not to a database: another database may have made them, or be making them now. On Aurora
-- both sign in with an IAM token, by the role `rds_iam`, and have no password.
do $$
declare
    named text;
begin
    foreach named in array array['functions', 'reader'] loop
        begin
            execute format('create role %I login', named);
        exception when duplicate_object or unique_violation then
            null;
        end;
        if exists (select from pg_roles where rolname = 'rds_iam') and not pg_has_role(named, 'rds_iam', 'member') then
            execute format('grant rds_iam to %I', named);
        end if;
    end loop;
    execute format('revoke all on database %I from public', current_database());
    execute format('grant connect on database %I to functions, reader', current_database());
end
$$;

revoke all on schema public from public;
grant usage on schema public to functions, reader;
alter default privileges revoke execute on functions from public;
revoke execute on all functions in schema public from public;
