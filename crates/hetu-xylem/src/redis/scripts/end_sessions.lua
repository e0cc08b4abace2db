-- Ends every session of an account.
-- KEYS: all sessions; those of the account.
-- ARGV: what stands before the name of each session.
for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  redis.call('DEL', ARGV[1] .. id, ARGV[1] .. id .. ':0', ARGV[1] .. id .. ':1')
  redis.call('ZREM', KEYS[1], id)
end
redis.call('DEL', KEYS[2])
return 0
