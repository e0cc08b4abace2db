-- Takes note that a number was used in a session. A number is its block of 4,096 and its offset in
-- it; of two blocks, the newest and the one before, there are bits.
-- KEYS: the session; the bits of all blocks that are as odd or even as this one.
-- ARGV: the block; the offset; the field that says of which block the bits are.
-- Returns 0 first, 1 repeated or too old, 2 over.
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local session = redis.call('HMGET', KEYS[1], 'run_id', 'highest_block', 'highest_offset', ARGV[3])
if session[1] ~= run_id then
  -- There is none, or the server started anew and may have lost the last numbers.
  return 2
end
local block, offset = tonumber(ARGV[1]), tonumber(ARGV[2])
local highest_block, highest_offset = tonumber(session[2]), tonumber(session[3])
if highest_block > block + 1 or (highest_block == block + 1 and highest_offset >= offset) then
  return 1
end
if tonumber(session[4]) ~= block then
  redis.call('DEL', KEYS[2])
  redis.call('HSET', KEYS[1], ARGV[3], ARGV[1])
end
if redis.call('SETBIT', KEYS[2], offset, 1) == 1 then
  return 1
end
if redis.call('PTTL', KEYS[2]) < 0 then
  redis.call('PEXPIRE', KEYS[2], math.max(redis.call('PTTL', KEYS[1]), 1))
end
if block > highest_block or (block == highest_block and offset > highest_offset) then
  redis.call('HSET', KEYS[1], 'highest_block', ARGV[1], 'highest_offset', ARGV[2])
end
return 0
