-- Takes note of one use of a signature.
-- KEYS: what is known of the memory itself; the uses of the account, each by when it is forgotten.
-- ARGV: the use; when it was created; the first second that is safe if the memory begins now;
--       how long a use is remembered; how many uses of an account are.
-- Returns {0} new, {1} used, {2} older than the memory, {3, seconds} no room.
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local memory = redis.call('HMGET', KEYS[1], 'run_id', 'since')
local since = tonumber(memory[2])
if memory[1] ~= run_id then
  -- A server that started anew may have lost the last of what it was told.
  -- The clock of one replica may be behind: by that of Redis this second is not safe either.
  since = math.max(tonumber(ARGV[3]), redis.call('TIME')[1] + 1)
  redis.call('HSET', KEYS[1], 'run_id', run_id, 'since', string.format('%.0f', since))
end
if tonumber(ARGV[2]) < since then
  return {2}
end
local now = tonumber(redis.call('TIME')[1])
local over = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 64)
if #over > 0 then
  redis.call('ZREM', KEYS[2], unpack(over))
end
if redis.call('ZSCORE', KEYS[2], ARGV[1]) then
  return {1}
end
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[5]) then
  local oldest = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
  return {3, math.max(oldest[2] - now, 1)}
end
local retention = tonumber(ARGV[4])
redis.call('ZADD', KEYS[2], now + retention, ARGV[1])
redis.call('EXPIRE', KEYS[2], retention + 1)
return {0}
