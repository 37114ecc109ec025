-- A conversation opens, changes its wish, closes.

-- Back to the queue under the old rank: the score is the time of the first waiting (R3). Frees the agent's place.
-- `extra`: one more field and value of the conversation, by which a repeat of the call is known.
local function back_to_queue(s, conv, h, now, kind, agent, reason, extra_field, extra_value, head)
  local version = tonumber(h.ve) + 1
  redis.call('HSET', s .. 'c:' .. conv, 'st', 'w', 've', version, 'ag', '', 'od', 0, 'as', 0, 'hd', head,
    'an', 0, 'pk', '', extra_field, extra_value)
  free_place(s, conv, agent)
  redis.call('ZADD', s .. 'q', h.en, conv)
  note_event(s, kind, now, conv, version, agent, reason)
  publish_state(s, conv, version, agent)
end

-- conv visitor name language skill wish_mode wish_persona tier queue_max entry... -> {1 created | 0 existing, id}
-- One open conversation per visitor, however many ask at once.
local function open(keys, args)
  local s, conv, visitor = keys[1], args[1], args[2]
  local c, v = s .. 'c:' .. conv, s .. 'v:' .. visitor
  local epoch = redis.call('HGET', s .. 'cfg', 'ep')
  if not epoch then return NOT_FOUND end
  local known = redis.call('HMGET', v, 'oc', 'la')
  if known[1] then return { known[1] == conv and 1 or 0, known[1] } end
  local owner = redis.call('HGET', c, 'vi')
  if owner then
    if owner ~= visitor then return INVALID end
    return { 1, conv }  -- a late repeat: it was opened, and closed since
  end
  if redis.call('ZCARD', s .. 'q') >= tonumber(args[9]) then return FULL end

  local now = now_ms()
  local number = redis.call('INCR', s .. 'n')
  local head = put_system_entries(s, conv, 0, now, args, 10)
  redis.call('HSET', c, 'st', 'w', 'vi', visitor, 'ag', '', 'fe', 0, 'hd', head, 'ep', epoch, 'ns', 0, 've', 1,
    'nu', number, 'vn', args[3], 'la', args[4], 'sk', args[5], 'wm', args[6], 'wp', args[7], 'ti', args[8],
    'lg', known[2] or '', 'en', now, 'od', 0, 'as', 0, 'rv', 0, 'ra', 0)
  redis.call('ZADD', s .. 'q', now, conv)
  redis.call('SADD', s .. 'o', conv)
  redis.call('HSET', v, 'oc', conv)
  redis.call('PERSIST', v)
  note_event(s, 'O', now, conv, 1, '', '')
  publish_state(s, conv, 1, '')
  return { 1, conv }
end

-- conv visitor wish_mode wish_persona -> 1
local function change_wish(keys, args)
  local s, conv, visitor, mode, persona = keys[1], args[1], args[2], args[3], args[4]
  local c = s .. 'c:' .. conv
  local h = redis.call('HMGET', c, 'vi', 'st', 've', 'wm', 'wp')
  if not h[1] then return NOT_FOUND end
  if h[1] ~= visitor then return NOT_YOURS end
  if h[2] == 'z' then return CLOSED end
  if h[4] == mode and h[5] == persona then return 1 end
  local version = tonumber(h[3])
  if h[2] == 'w' then
    version = version + 1
    redis.call('HSET', c, 'wm', mode, 'wp', persona, 've', version)
    note_event(s, 'W', now_ms(), conv, version, '', '')
  else
    redis.call('HSET', c, 'wm', mode, 'wp', persona)
  end
  publish_state(s, conv, version, '')
  return 1
end

-- conv role person reason entry... -> 1
local function close(keys, args)
  local s, conv, role, person, reason = keys[1], args[1], args[2], args[3], args[4]
  local c = s .. 'c:' .. conv
  local h = redis.call('HMGET', c, 'st', 'vi', 'ag', 've', 'hd')
  if not h[1] then return NOT_FOUND end
  local state, visitor, agent = h[1], h[2], h[3]
  if role == 'v' and visitor ~= person then return NOT_YOURS end
  if role == 'a' and (agent ~= person or state == 'o') then return NOT_YOURS end
  if state == 'z' then return 1 end

  local now, version = now_ms(), tonumber(h[4]) + 1
  local head = put_system_entries(s, conv, tonumber(h[5]), now, args, 5)
  redis.call('HSET', c, 'st', 'z', 've', version, 'od', 0, 'hd', head, 'pk', '', 'zt', now, 'zr', reason, 'zb', role)
  redis.call('ZREM', s .. 'q', conv)
  if agent ~= '' then free_place(s, conv, agent) end
  redis.call('SREM', s .. 'o', conv)
  redis.call('ZADD', s .. 'z', now, conv)
  local v = s .. 'v:' .. visitor
  redis.call('HDEL', v, 'oc')
  redis.call('EXPIRE', v, VISITOR_KEPT_S)
  note_event(s, 'Z', now, conv, version, agent, reason)
  publish_state(s, conv, version, agent)
  return 1
end

-- conv -> VIEW
local function view(keys, args)
  local h = redis.call('HMGET', keys[1] .. 'c:' .. args[1], unpack(VIEW))
  if not h[1] then return NOT_FOUND end
  return h
end

redis.register_function('sb1_open', open)
redis.register_function('sb1_change_wish', change_wish)
redis.register_function { function_name = 'sb1_close', callback = close, flags = { 'allow-oom' } }
redis.register_function { function_name = 'sb1_view', callback = view, flags = { 'no-writes' } }
