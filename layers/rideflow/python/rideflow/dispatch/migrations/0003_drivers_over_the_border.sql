-- The zone in which the driver was found when the offer was made: a request near a border is offered to drivers on both
-- sides. Null in offers of before, which went to drivers of the trip's own zone.
alter table offers add column driver_zone text;
