-- A price that was promised is not changed.
grant select, insert on quotes to functions;
