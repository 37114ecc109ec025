-- One desk leads a shop. The lease says who tries; the epoch, checked in every function of the desk, who succeeds: no
-- safety rests on a clock.

-- holder seen -> {epoch, beat, mine}; seen "" : did not watch. A holder that is a later start of the owner's node need
-- not watch.
local function lease(keys, args)
  local key, holder, seen = keys[1] .. 'rl', args[1], args[2]
  local h = redis.call('HMGET', key, 'ho', 'ep', 'be')
  local owner, epoch, beat = h[1] or '', tonumber(h[2] or 0), tonumber(h[3] or 0)
  if owner ~= holder then
    local stands_still = seen ~= '' and tonumber(seen) == beat
    if owner ~= '' and not stands_still and not supersedes(holder, owner) then return { epoch, beat, 0 } end
    epoch = epoch + 1
  end
  beat = beat + 1
  redis.call('HSET', key, 'ho', holder, 'ep', epoch, 'be', beat)
  return { epoch, beat, 1 }
end

-- holder -> 1. The epoch stays, so that the next holder's is higher.
local function release_lease(keys, args)
  local key = keys[1] .. 'rl'
  if redis.call('HGET', key, 'ho') == args[1] then redis.call('HSET', key, 'ho', '') end
  return 1
end

local function last_event(s)
  local last = redis.call('XREVRANGE', s .. 'ev', '+', '-', 'COUNT', 1)[1]
  return last and last[1] or '0-0'
end

-- limit -> {event id, time, {id ...}, {VIEW ...} in the same order, {agent view ...}}
-- All that is open, in one piece: the desk goes on from the event after this one.
local function desk_state(keys, args)
  local s, limit = keys[1], tonumber(args[1])
  local waiting = redis.call('ZRANGE', s .. 'q', 0, -1)
  local agents = redis.call('SMEMBERS', s .. 'ags')
  if #waiting + #agents > limit then return FULL end
  local open, views, serving = waiting, {}, {}
  for i = 1, #agents do
    local a = agent_view(s, agents[i])
    if a then
      local held = a[HELD]
      if a[2] ~= 'o' or #held > 0 then serving[#serving + 1] = a end
      for j = 1, #held do open[#open + 1] = held[j] end
    end
  end
  for i = 1, #open do
    views[i] = redis.call('HMGET', s .. 'c:' .. open[i], unpack(VIEW))
  end
  return { last_event(s), now_ms(), open, views, serving }
end

-- epoch number octets_max kept text -> 1
-- The next page of the record. Pages of an epoch are numbered 1, 2, 3 ... without gaps; the id is the count of octets
-- ever written, so that trimming by size costs nothing. `kept` (empty: as it was) is what the next desk shall know.
local function put_page(keys, args)
  local s, epoch, number, octets_max, kept, text = keys[1], args[1], args[2], tonumber(args[3]), args[4], args[5]
  if is_fenced(s, epoch) then return FENCED end
  local h = redis.call('HMGET', s .. 'rx', 'ep', 'nu', 'oc')
  local last = h[1] == epoch and tonumber(h[2]) or 0
  if tonumber(number) == last then return 1 end  -- a repeat
  if tonumber(number) ~= last + 1 then return STALE end
  local octets = tonumber(h[3] or 0) + #text
  redis.call('XADD', s .. 'rc', 'MAXLEN', '~', PAGES_MAX, string.format('%d-0', octets), 'e', epoch, 'n', number, 't', text)
  if octets > octets_max then
    redis.call('XTRIM', s .. 'rc', 'MINID', '~', string.format('%d-0', octets - octets_max))
  end
  redis.call('HSET', s .. 'rx', 'ep', epoch, 'nu', number, 'oc', string.format('%d', octets))
  if kept ~= '' then redis.call('HSET', s .. 'rx', 'kp', kept) end
  return 1
end

redis.register_function('sb1_put_page', put_page)
redis.register_function { function_name = 'sb1_lease', callback = lease, flags = { 'allow-oom' } }
redis.register_function { function_name = 'sb1_release_lease', callback = release_lease, flags = { 'allow-oom' } }
redis.register_function { function_name = 'sb1_desk_state', callback = desk_state, flags = { 'no-writes' } }
