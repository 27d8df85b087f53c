-- What functions do to the tables of drivers, and what they read of them for other contexts.
grant select, insert, update on drivers to functions;
grant select, insert on driver_vehicles, driver_ratings to functions;
grant select on published_drivers, published_driver_cards, published_vehicles to functions;
grant execute on function published_hold_driver, published_hold_online_driver to functions;
