-- What functions do to the tables of riders.
grant select, insert, update on riders to functions;
