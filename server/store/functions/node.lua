-- Which gateways live. A gateway's incarnation is "<node>.<start>.<random>": starts are numbered through all nodes, so
-- that of two incarnations of one node the later is known. Each beats; who watches compares beats on its own steady
-- clock. KEYS[1] is "{sys}:".

local function parts_of(incarnation)
  local node, start, random = string.match(incarnation, '^(.*)%.(%d+)%.([^.]*)$')
  return node, tonumber(start), random
end

-- node random -> start
local function node_start(keys, args)
  local s, node, random = keys[1], args[1], args[2]
  local known = redis.call('HGET', s .. 'nodes', node)
  if known then
    local _, start, its = parts_of(string.match(known, '^(.*) %d+$'))
    if its == random then return start end  -- a repeat
  end
  local start = redis.call('INCR', s .. 'starts')
  redis.call('HSET', s .. 'nodes', node, node .. '.' .. start .. '.' .. random .. ' 1')
  return start
end

-- incarnation -> its beat, or STALE: a later start of this node counts
local function node_beat(keys, args)
  local nodes, incarnation = keys[1] .. 'nodes', args[1]
  local node = parts_of(incarnation)
  if not node then return INVALID end
  local beat = 0
  local known = redis.call('HGET', nodes, node)
  if known then
    local its, its_beat = string.match(known, '^(.*) (%d+)$')
    if its ~= incarnation then return STALE end
    beat = tonumber(its_beat)
  end
  redis.call('HSET', nodes, node, incarnation .. ' ' .. beat + 1)
  return beat + 1
end

-- incarnation beat -> 1. It leaves (beat ""), or whoever watched it saw it stand still at this beat for long.
local function node_forget(keys, args)
  local nodes, incarnation, beat = keys[1] .. 'nodes', args[1], args[2]
  local node = parts_of(incarnation)
  if not node then return INVALID end
  local known = redis.call('HGET', nodes, node)
  if known == incarnation .. ' ' .. beat or (known and beat == '' and string.match(known, '^(.*) %d+$') == incarnation) then
    redis.call('HDEL', nodes, node)
  end
  return 1
end

-- Two incarnations of one node, the second one the earlier: it is dead, for one node runs once.
local function supersedes(incarnation, former)
  local node, start = parts_of(incarnation)
  local its_node, its_start = parts_of(former)
  return node ~= nil and node == its_node and start > its_start
end

redis.register_function { function_name = 'sb1_node_start', callback = node_start, flags = { 'allow-oom' } }
redis.register_function { function_name = 'sb1_node_beat', callback = node_beat, flags = { 'allow-oom' } }
redis.register_function { function_name = 'sb1_node_forget', callback = node_forget, flags = { 'allow-oom' } }
