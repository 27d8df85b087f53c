-- The number of recent requests in some zones, by product and cell of the matcher's grid.
select
    product,
    floor((pickup_lng - %(west)s) * %(columns_per_degree)s)::integer as grid_column,
    floor((pickup_lat - %(south)s) * %(rows_per_degree)s)::integer as grid_row,
    count(*) as requests
from match_requests
where zone = any(%(zones)s) and opened_at > %(since)s
group by product, grid_column, grid_row
