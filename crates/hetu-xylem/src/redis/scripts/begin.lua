-- Begins the memory of used signatures, unless it goes on.
-- KEYS: what is known of the memory itself.
-- ARGV: the first second that is safe if the memory begins now.
-- Returns the first second that is safe.
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local memory = redis.call('HMGET', KEYS[1], 'run_id', 'since')
if memory[1] == run_id then
  return tonumber(memory[2])
end
-- The clock of one replica may be behind: by that of Redis this second is not safe either.
local since = math.max(tonumber(ARGV[1]), redis.call('TIME')[1] + 1)
redis.call('HSET', KEYS[1], 'run_id', run_id, 'since', string.format('%.0f', since))
return since
