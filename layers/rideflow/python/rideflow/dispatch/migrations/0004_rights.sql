-- What functions do to the tables of dispatch.
grant select, insert, update on match_requests, zone_fences, zone_strategies to functions;
grant select, insert, update, delete on offers to functions;
grant select on published_live_offers, published_promises to functions;
grant execute on function dispatch_accept_offer to functions;
