-- A shop's settings: the shop file as text, templates, agents with their capacity, the signing key, passwords.

local function employ(s, agent, capacity, now)
  local h = redis.call('HMGET', s .. 'a:' .. agent, 'cp', 've', 'st')
  redis.call('SADD', s .. 'ags', agent)
  if not h[1] then
    redis.call('HSET', s .. 'a:' .. agent, 'st', 'o', 'rs', '', 'li', 'x', 'ls', now, 'cp', capacity, 'nd', '',
      'se', '', 've', 1)
  elseif h[1] ~= capacity then
    change_agent(s, agent, tonumber(h[2]) + 1, now, 'capacity', 'cp', capacity)
  end
end

-- What she still holds is hers to finish; with nothing held she is forgotten.
local function dismiss(s, agent, now)
  redis.call('HSET', s .. 'so', 'a:' .. agent, math.floor(now / 1000))  -- should she be employed again
  redis.call('HDEL', s .. 'pw', agent)
  redis.call('HDEL', s .. 'fp', agent)
  local version = tonumber(redis.call('HGET', s .. 'a:' .. agent, 've') or 0) + 1
  change_agent(s, agent, version, now, 'dismissed', 'cp', 0, 'st', 'o', 'rs', 'dismissed')
  if redis.call('SCARD', s .. 'ac:' .. agent) == 0 then
    redis.call('DEL', s .. 'a:' .. agent)
    redis.call('SREM', s .. 'ags', agent)
  end
end

-- The password hashes that the shop file itself holds, by agent; a field with an empty name says that they were noted once.
-- Whose changes is signed out, as one whose stored password changes.
local function note_own_passwords(s, employed, wanted, now)
  local key = s .. 'fp'
  local noted = redis.call('HGET', key, '')
  for agent in pairs(employed) do
    local hash, former = wanted[agent], redis.call('HGET', key, agent)
    if (hash or '') ~= (former or '') then
      if noted and employed[agent] == 'before' then
        redis.call('HSET', s .. 'so', 'a:' .. agent, math.floor(now / 1000))
      end
      if hash then redis.call('HSET', key, agent, hash) else redis.call('HDEL', key, agent) end
    end
  end
  if not noted then redis.call('HSET', key, '', 1) end
end

-- text new_key templates (field text)... agents (agent capacity)... (agent hash)... -> revision
local function apply_shop(keys, args)
  local s, cfg, text, key = keys[1], keys[1] .. 'cfg', args[1], args[2]
  local templates = tonumber(args[3])
  local first_agent = 4 + 2 * templates + 1
  local last_agent = first_agent + 2 * tonumber(args[first_agent - 1]) - 2
  local h = redis.call('HMGET', cfg, 'rev', 'dg', 'key', 'ep')
  local parts = { #text .. ':' .. text }
  for i = 3, #args do parts[#parts + 1] = #args[i] .. ':' .. args[i] end
  local digest = redis.sha1hex(table.concat(parts))
  if h[2] == digest then return tonumber(h[1]) end  -- the same settings once more

  local now, revision = now_ms(), tonumber(h[1] or 0) + 1
  redis.call('HSET', cfg, 'rev', revision, 'dg', digest, 'text', text, 'key', h[3] or key,
    'ep', h[4] or math.floor(now / 1000))
  if not h[1] then redis.call('HSET', cfg, 'bo', now) end
  redis.call('DEL', s .. 'tpl')
  for i = 4, first_agent - 2, 2 do redis.call('HSET', s .. 'tpl', args[i], args[i + 1]) end
  local wanted, passwords = {}, {}
  for i = first_agent, last_agent, 2 do
    wanted[args[i]] = redis.call('EXISTS', s .. 'a:' .. args[i]) == 1 and 'before' or 'new'
    employ(s, args[i], args[i + 1], now)
  end
  for i = last_agent + 2, #args - 1, 2 do passwords[args[i]] = args[i + 1] end
  note_own_passwords(s, wanted, passwords, now)
  local employed = redis.call('SMEMBERS', s .. 'ags')
  for i = 1, #employed do
    if not wanted[employed[i]] then dismiss(s, employed[i], now) end
  end
  note_event(s, 'C', now, '', revision, '', '')
  redis.call('SPUBLISH', cfg, 'S' .. revision)
  return revision
end

-- Directories read the shop again.
local function publish_shop(s)
  redis.call('SPUBLISH', s .. 'cfg', 'S' .. (redis.call('HGET', s .. 'cfg', 'rev') or 0))
end

-- new_key keep_former -> 1
local function rotate_key(keys, args)
  local s, cfg, key = keys[1], keys[1] .. 'cfg', args[1]
  local now = redis.call('HGET', cfg, 'key')
  if not now then return NOT_FOUND end
  if now ~= key then redis.call('HSET', cfg, 'key', key, 'okey', now) end
  if args[2] ~= '1' then redis.call('HDEL', cfg, 'okey') end
  publish_shop(s)
  return 1
end

-- identity limit -> 1. Who was signed out longer ago than any token lives is forgotten when there are too many.
local function sign_out(keys, args)
  local s, key, now_s = keys[1], keys[1] .. 'so', math.floor(now_ms() / 1000)
  if not redis.call('HGET', s .. 'cfg', 'key') then return NOT_FOUND end
  if redis.call('HLEN', key) >= tonumber(args[2]) and not redis.call('HGET', key, args[1]) then
    local all, left = redis.call('HGETALL', key), 0
    for i = 1, #all, 2 do
      if tonumber(all[i + 1]) + TOKEN_KEPT_S < now_s then redis.call('HDEL', key, all[i]) else left = left + 1 end
    end
    if left >= tonumber(args[2]) then return FULL end
  end
  redis.call('HSET', key, args[1], now_s)
  publish_shop(s)
  return 1
end

-- agent hash only_if_absent -> 1 written, 0 another one is there
local function set_password(keys, args)
  local key, agent, hash = keys[1] .. 'pw', args[1], args[2]
  local now = redis.call('HGET', key, agent)
  if now == hash then return 1 end
  if now and args[3] == '1' then return 0 end
  redis.call('HSET', key, agent, hash)
  if now then
    redis.call('HSET', keys[1] .. 'so', 'a:' .. agent, math.floor(now_ms() / 1000))
    publish_shop(keys[1])
  end
  return 1
end

-- body -> 1
local function put_availability(keys, args)
  local key = keys[1] .. 'av'
  if redis.call('GET', key) == args[1] then return 1 end
  redis.call('SET', key, args[1])
  redis.call('SPUBLISH', key, 'L' .. args[1])
  return 1
end

redis.register_function('sb1_apply_shop', apply_shop)
redis.register_function('sb1_rotate_key', rotate_key)
redis.register_function('sb1_sign_out', sign_out)
redis.register_function('sb1_set_password', set_password)
redis.register_function('sb1_put_availability', put_availability)
