-- Who serves: status (what the agent wants) and line (whether she can be reached), of the session that counts.

local HELD = 10  -- where the conversations stand in an agent's view

-- {id, status, reason, line, its time, capacity, node, session, version, {conversations}, moving}, or nil if the shop does not employ her.
local function agent_view(s, agent)
  local h = redis.call('HMGET', s .. 'a:' .. agent, 'st', 'rs', 'li', 'ls', 'cp', 'nd', 'se', 've', 'mv')
  if not h[1] then return nil end
  local out = { agent }
  for i = 1, 8 do out[i + 1] = h[i] or '' end
  out[HELD] = redis.call('SMEMBERS', s .. 'ac:' .. agent)
  out[HELD + 1] = h[9] == '1' and 1 or 0
  return out
end

local function publish_agent(s, agent)
  redis.call('SPUBLISH', s .. 'a:' .. agent, 'A')
end

-- Writes the fields and tells desk and agent.
local function change_agent(s, agent, version, now, reason, ...)
  redis.call('HSET', s .. 'a:' .. agent, 've', version, ...)
  note_event(s, 'P', now, '', version, agent, reason)
  publish_agent(s, agent)
end

-- agent node session -> agent view
local function agent_enter(keys, args)
  local s, agent, node, session = keys[1], args[1], args[2], args[3]
  local h = redis.call('HMGET', s .. 'a:' .. agent, 've', 'se', 'nd', 'li')
  if not h[1] then return NOT_FOUND end
  if h[2] ~= session or h[3] ~= node or h[4] ~= 'l' then
    local now = now_ms()
    change_agent(s, agent, tonumber(h[1]) + 1, now, 'entered', 'se', session, 'nd', node, 'li', 'l', 'ls', now,
      'mv', '')
  end
  return agent_view(s, agent)
end

local function set_status(s, agent, h, status, reason)
  if h[3] == status and h[4] == reason then return 1 end
  change_agent(s, agent, tonumber(h[1]) + 1, now_ms(), reason, 'st', status, 'rs', reason)
  return 1
end

-- agent session status reason -> 1
local function agent_status(keys, args)
  local s, agent, session, status, reason = keys[1], args[1], args[2], args[3], args[4]
  local h = redis.call('HMGET', s .. 'a:' .. agent, 've', 'se', 'st', 'rs')
  if not h[1] then return NOT_FOUND end
  if h[2] ~= session then return STALE end
  return set_status(s, agent, h, status, reason)
end

-- epoch agent status reason -> 1
local function agent_status_by_desk(keys, args)
  local s, epoch, agent, status, reason = keys[1], args[1], args[2], args[3], args[4]
  if is_fenced(s, epoch) then return FENCED end
  local h = redis.call('HMGET', s .. 'a:' .. agent, 've', 'se', 'st', 'rs')
  if not h[1] then return NOT_FOUND end
  return set_status(s, agent, h, status, reason)
end

-- agent session line moving -> 1. moving "1": her gateway drains, she is about to come back on another one. A line that
-- breaks after that adds nothing.
local function agent_line(keys, args)
  local s, agent, session, line, moving = keys[1], args[1], args[2], args[3], args[4]
  local h = redis.call('HMGET', s .. 'a:' .. agent, 've', 'se', 'li')
  if not h[1] then return NOT_FOUND end
  if h[2] ~= session then return STALE end
  if h[3] == line then return 1 end
  local now = now_ms()
  change_agent(s, agent, tonumber(h[1]) + 1, now, '', 'li', line, 'ls', now, 'mv', moving)
  return 1
end

-- agent -> agent view
local function agent(keys, args)
  return agent_view(keys[1], args[1]) or NOT_FOUND
end

redis.register_function { function_name = 'sb1_agent_enter', callback = agent_enter, flags = { 'allow-oom' } }
redis.register_function { function_name = 'sb1_agent_status', callback = agent_status, flags = { 'allow-oom' } }
redis.register_function { function_name = 'sb1_agent_status_by_desk', callback = agent_status_by_desk,
  flags = { 'allow-oom' } }
redis.register_function { function_name = 'sb1_agent_line', callback = agent_line, flags = { 'allow-oom' } }
redis.register_function { function_name = 'sb1_agent', callback = agent, flags = { 'no-writes' } }
