-- Guessing at a password: how often in a row, whichever gateway was asked.

-- agent wrong_max lock_ms -> 0: she may try, or for how long the name is locked out (ms). The try counts before it is judged,
-- so that no number of gateways allows more of them; the right password forgets it. There is such a key for `lock_ms`
-- after a try, whether or not there is such an agent; passwords are hashed too slowly for many.
local function login_try(keys, args)
  local key, most, lock = keys[1] .. 'lo:' .. args[1], tonumber(args[2]), tonumber(args[3])
  local left = redis.call('PTTL', key)
  if left > lock then  -- the clock was set back
    redis.call('PEXPIRE', key, lock)
    left = lock
  end
  if tonumber(redis.call('GET', key) or 0) >= most then return math.max(left, 1) end
  redis.call('INCR', key)
  redis.call('PEXPIRE', key, lock)
  return 0
end

-- agent -> 1. The password was right.
local function login_right(keys, args)
  redis.call('DEL', keys[1] .. 'lo:' .. args[1])
  return 1
end

redis.register_function { function_name = 'sb1_login_try', callback = login_try, flags = { 'allow-oom' } }
redis.register_function { function_name = 'sb1_login_right', callback = login_right, flags = { 'allow-oom' } }
