-- The body that was signed: jsonb takes neither an escaped NUL nor a lone surrogate, and a provider may send both.
alter table stripe_events alter column payload type text using payload::text;
