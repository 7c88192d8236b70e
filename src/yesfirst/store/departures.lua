-- Reserves departure times under all limits at once.
-- KEYS: one per limit, each holding the first free time in microseconds.
-- ARGV: how many; the soonest and the latest a departure may lie ahead (µs); per key the spacing (µs).
-- Answers {first departure (µs from now), spacing (µs)}, or {-1, µs to wait before asking again}.
local count, soonest, horizon = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local first, spacing = now + soonest, 0
for i, key in ipairs(KEYS) do
  local free = tonumber(redis.call('GET', key))
  -- A missing key is an empty bucket: what was promised before it vanished lies at most `horizon` ahead.
  if not free then free = now + horizon end
  if free > first then first = free end
  spacing = math.max(spacing, tonumber(ARGV[3 + i]))
end
if first - now > horizon then return {-1, string.format('%d', first - now - horizon)} end
for i, key in ipairs(KEYS) do
  local free = math.max(tonumber(redis.call('GET', key)) or 0, first + (count - 1) * spacing + tonumber(ARGV[3 + i]))
  redis.call('SET', key, string.format('%d', free), 'PX', 600000)
end
return {string.format('%d', first - now), string.format('%d', spacing)}
