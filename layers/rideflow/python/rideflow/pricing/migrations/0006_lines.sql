-- The line of the quoted way as an encoded polyline (`kernel/polyline.py`), if the routing port knows one.
alter table quotes add column line text;
