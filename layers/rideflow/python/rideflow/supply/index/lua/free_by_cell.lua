-- How many free drivers stand in each cell, counted here so that no driver is sent: cells are the first bits of the index's
-- own scores.
--
-- KEYS  the free index of each class;  ARGV  scores for each cell
-- Answer: of each class that has any: its index, cell, drivers, cell, drivers, …
local answer = {}
for class, key in ipairs(KEYS) do
    local drivers, cells = {}, {class}
    local entries = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
    for i = 2, #entries, 2 do
        local cell = math.floor(tonumber(entries[i]) / tonumber(ARGV[1]))
        drivers[cell] = (drivers[cell] or 0) + 1
    end
    for cell, number in pairs(drivers) do
        cells[#cells + 1] = cell
        cells[#cells + 1] = number
    end
    if #cells > 1 then answer[#answer + 1] = cells end
end
return answer
