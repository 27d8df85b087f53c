-- Counts the free drivers in each cell. They are counted here, so that only numbers are sent. A cell is the first bits
-- of the index's own scores.
--
-- KEYS  the free index of each class;  ARGV  how many scores a cell has
-- Answer: for each class with free drivers {index of the class, cell, drivers, cell, drivers, …}
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
