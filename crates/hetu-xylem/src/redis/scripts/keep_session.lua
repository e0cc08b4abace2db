-- Keeps a new session, and ends the oldest of its account where there are too many.
-- KEYS: all sessions, each by when it is over; those of the account, each by its order; the new one.
-- ARGV: what stands before the name of each session; the name of the new one; its record; how long
--       it lasts; how many sessions there may be; how many of one account.
-- Returns 0, or the seconds after which there may be room.
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local now = tonumber(redis.call('TIME')[1])
local lifetime = tonumber(ARGV[4])
local over = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 64)
if #over > 0 then
  redis.call('ZREM', KEYS[1], unpack(over))
end
local excess = redis.call('ZCARD', KEYS[2]) - math.max(tonumber(ARGV[6]), 1)
local oldest = excess >= 0 and redis.call('ZRANGE', KEYS[2], 0, excess) or {}
local room = tonumber(ARGV[5]) - redis.call('ZCOUNT', KEYS[1], '(' .. now, '+inf')
for _, id in ipairs(oldest) do
  local ends = redis.call('ZSCORE', KEYS[1], id)
  if ends and tonumber(ends) > now then
    room = room + 1
  end
end
-- Nothing is ended before it is known that there is room.
if room <= 0 then
  local first = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  return math.max((first[2] or now) - now, 1)
end
for _, id in ipairs(oldest) do
  redis.call('DEL', ARGV[1] .. id, ARGV[1] .. id .. ':0', ARGV[1] .. id .. ':1')
  redis.call('ZREM', KEYS[1], id)
  redis.call('ZREM', KEYS[2], id)
end
redis.call('HSET', KEYS[3], 'record', ARGV[3], 'run_id', run_id,
  'highest_block', 0, 'highest_offset', 0, 'block0', 0, 'block1', 1)
redis.call('EXPIRE', KEYS[3], lifetime)
redis.call('ZADD', KEYS[1], now + lifetime, ARGV[2])
local newest = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
redis.call('ZADD', KEYS[2], (newest[2] or 0) + 1, ARGV[2])
for _, key in ipairs({KEYS[1], KEYS[2]}) do
  if redis.call('TTL', key) < lifetime then
    redis.call('EXPIRE', key, lifetime)
  end
end
return 0
