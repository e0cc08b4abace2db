-- Counts a call, unless the caller calls too often: the generic cell rate algorithm.
-- KEYS: the moment at which all that the caller did is paid for, in microseconds.
-- ARGV: what a call uses of the time, and how far ahead the moment may be, in microseconds.
-- Returns 0, or how many microseconds to wait.
local interval, tolerance = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local moment = tonumber(redis.call('GET', KEYS[1]) or 0)
-- Further ahead than it may be is a moment only if the rate became lower or the clock went back.
moment = math.max(math.min(moment, now + tolerance), now) + interval
local too_far = moment - now - tolerance
if too_far > 0 then
  return too_far
end
redis.call('SET', KEYS[1], string.format('%.0f', moment), 'PX', math.ceil((moment - now) / 1000))
return 0
