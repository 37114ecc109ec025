-- waiting -> offered -> active, and back; active <-> parked. Who holds what is one set per agent, what of it is parked
-- another; the load follows from their sizes (R2).

local function assignment_fields(s, conv)
  local f = redis.call('HMGET', s .. 'c:' .. conv, 'st', 've', 'fe', 'ag', 'en', 'od', 'as', 'hd', 'df', 'rq')
  return { st = f[1], ve = f[2], fe = f[3], ag = f[4], en = f[5], od = f[6], as = f[7], hd = f[8], df = f[9], rq = f[10] }
end

-- epoch conv agent version within reason why park_units -> {fence, version, time}
local function offer(keys, args)
  local s, epoch, conv, agent, version = keys[1], args[1], args[2], args[3], args[4]
  local within = tonumber(args[5])
  if is_fenced(s, epoch) then return FENCED end
  local h = assignment_fields(s, conv)
  if not h.st then return NOT_FOUND end
  local next_version = tonumber(version) + 1
  if h.st == 'o' and h.ag == agent and tonumber(h.ve) == next_version then  -- a repeat
    return { tonumber(h.fe), next_version, tonumber(h.od) - within }
  end
  if h.st ~= 'w' or h.ve ~= version then return STALE end
  local a = redis.call('HMGET', s .. 'a:' .. agent, 'st', 'li', 'cp')
  if not a[1] then return NOT_FOUND end
  if a[1] ~= 'a' or a[2] ~= 'l' then return NOT_AVAILABLE end
  if units_of(s, agent, tonumber(args[8] or UNITS)) + UNITS > UNITS * tonumber(a[3]) then return FULL end

  local now, fence = now_ms(), tonumber(h.fe) + 1
  redis.call('HSET', s .. 'c:' .. conv, 'st', 'o', 've', next_version, 'fe', fence, 'ag', agent, 'od', now + within,
    'wr', args[6])
  if args[7] ~= '' then
    redis.call('SET', s .. 'w:' .. conv, args[7], 'EX', WHY_KEPT_S)
    redis.call('XADD', s .. 'dl', 'MAXLEN', '~', DECISIONS_MAX, '0-*', 't', now, 'c', conv, 'a', agent, 'w', args[7])
  end
  redis.call('ZREM', s .. 'q', conv)
  redis.call('SADD', s .. 'ac:' .. agent, conv)
  note_event(s, 'F', now, conv, next_version, agent, '')
  publish_state(s, conv, next_version, agent)
  return { fence, next_version, now }
end

-- conv agent fence entry... -> {fence, version, time}
local function accept(keys, args)
  local s, conv, agent, fence = keys[1], args[1], args[2], args[3]
  local c = s .. 'c:' .. conv
  local h = assignment_fields(s, conv)
  if not h.st then return NOT_FOUND end
  if h.ag ~= agent or h.fe ~= fence then return STALE end
  if h.st == 'a' then return { tonumber(fence), tonumber(h.ve), tonumber(h.as) } end  -- a repeat
  if h.st ~= 'o' then return STALE end

  local now, version = now_ms(), tonumber(h.ve) + 1
  local head = put_system_entries(s, conv, tonumber(h.hd), now, args, 4)
  redis.call('HSET', c, 'st', 'a', 've', version, 'as', now, 'od', 0, 'hd', head, 'an', 0)
  redis.call('HSET', s .. 'v:' .. redis.call('HGET', c, 'vi'), 'la', agent)
  note_event(s, 'A', now, conv, version, agent, '')
  publish_state(s, conv, version, agent)
  return { tonumber(fence), version, now }
end

-- conv agent fence reason -> 1
local function decline(keys, args)
  local s, conv, agent, fence, reason = keys[1], args[1], args[2], args[3], args[4]
  local h = assignment_fields(s, conv)
  if not h.st then return NOT_FOUND end
  if h.df == fence .. ':' .. agent then return 1 end  -- a repeat
  if h.st ~= 'o' or h.ag ~= agent or h.fe ~= fence then return STALE end
  back_to_queue(s, conv, h, now_ms(), 'D', agent, reason, 'df', fence .. ':' .. agent, h.hd)
  return 1
end

-- epoch conv version reason entry... -> 1
local function requeue(keys, args)
  local s, epoch, conv, version, reason = keys[1], args[1], args[2], args[3], args[4]
  if is_fenced(s, epoch) then return FENCED end
  local h = assignment_fields(s, conv)
  if not h.st then return NOT_FOUND end
  if h.rq == version then return 1 end  -- a repeat
  if (h.st ~= 'o' and h.st ~= 'a') or h.ve ~= version then return STALE end
  local now = now_ms()
  local head = put_system_entries(s, conv, tonumber(h.hd), now, args, 5)
  back_to_queue(s, conv, h, now, 'R', h.ag, reason, 'rq', version, head)
  return 1
end

-- limit before -> {{id, time, conv, agent, why, its visitor, name, skill, wish mode, persona, tier}, ...}, the newest first. A
-- conversation that is not kept any more has nothing but its id.
local function decisions(keys, args)
  local s, out = keys[1], {}
  local last = args[2] == '' and '+' or '(' .. args[2]
  local found = redis.call('XREVRANGE', s .. 'dl', last, '-', 'COUNT', args[1])
  for i = 1, #found do
    local f = found[i][2]
    local one = { found[i][1], f[2], f[4], f[6], f[8] }
    local h = redis.call('HMGET', s .. 'c:' .. f[4], 'vi', 'vn', 'sk', 'wm', 'wp', 'ti')
    for j = 1, 6 do one[5 + j] = h[j] or '' end
    out[i] = one
  end
  return out
end

-- epoch silence conv... -> {when to look at it again, 0 if there is no need, ...}. Parks what the agent has answered and
-- the visitor has left so for `silence` ms. Silence 0: parks nothing and wakes what is parked.
local function park(keys, args)
  local s, silence = keys[1], tonumber(args[2])
  if is_fenced(s, args[1]) then return FENCED end
  local now, again = now_ms(), {}
  for i = 3, #args do
    local conv, due = args[i], 0
    local h = redis.call('HMGET', s .. 'c:' .. conv, 'st', 've', 'ag', 'an', 'pk')
    if h[1] == 'a' then
      local answered, parked = tonumber(h[4] or 0), is_parked(h[5])
      if answered > now then  -- before the clock was set back
        answered = now
        redis.call('HSET', s .. 'c:' .. conv, 'an', now)
      end
      if silence == 0 then
        if parked then set_parked(s, conv, h[3], h[2] + 1, now, false) end
      elseif not parked then
        due = (answered > 0 and answered or now) + silence
        if due <= now then
          set_parked(s, conv, h[3], h[2] + 1, now, true)
          due = 0
        end
      end
    end
    again[#again + 1] = due
  end
  return again
end

redis.register_function('sb1_offer', offer)
redis.register_function { function_name = 'sb1_accept', callback = accept, flags = { 'allow-oom' } }
redis.register_function { function_name = 'sb1_decline', callback = decline, flags = { 'allow-oom' } }
redis.register_function { function_name = 'sb1_requeue', callback = requeue, flags = { 'allow-oom' } }
redis.register_function { function_name = 'sb1_decisions', callback = decisions, flags = { 'no-writes' } }
redis.register_function { function_name = 'sb1_park', callback = park, flags = { 'allow-oom' } }
