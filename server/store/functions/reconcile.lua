-- What is kept in two places must agree, and does, for every change is one function. Whatever disagrees all the same (a
-- hand in the keys, a bug) is found here, mended, and counted. A conversation's own hash is the truth; queue, holdings,
-- the list of the open and the visitor's pointer are indices. A call looks at a bounded number of entries.

local function put(command, ...)
  redis.call(command, ...)
  return 1
end

local function mend_queue(s, conv, waits, entered)
  local score = redis.call('ZSCORE', s .. 'q', conv)
  if waits and score ~= entered then return put('ZADD', s .. 'q', entered, conv) end
  if score and not waits then return put('ZREM', s .. 'q', conv) end
  return 0
end

local function mend_holding(s, conv, agent)
  if agent == '' or redis.call('SISMEMBER', s .. 'ac:' .. agent, conv) == 1 then return 0 end
  redis.call('SADD', s .. 'ags', agent)
  return put('SADD', s .. 'ac:' .. agent, conv)
end

-- What is parked takes a part of a place only while it is with its agent.
local function mend_parked(s, conv, agent, pk)
  local parked = is_parked(pk)
  if parked and agent == '' then
    redis.call('HSET', s .. 'c:' .. conv, 'pk', '')
    return 1
  end
  if agent == '' then return 0 end
  local listed = redis.call('SISMEMBER', s .. 'pc:' .. agent, conv) == 1
  if parked and not listed then return put('SADD', s .. 'pc:' .. agent, conv) end
  if listed and not parked then return put('SREM', s .. 'pc:' .. agent, conv) end
  return 0
end

local function mend_visitor(s, conv, visitor, open)
  local v = s .. 'v:' .. visitor
  local pointed = redis.call('HGET', v, 'oc')
  if not open then return pointed == conv and put('HDEL', v, 'oc') or 0 end
  if pointed == conv then return 0 end
  local other = pointed and redis.call('HGET', s .. 'c:' .. pointed, 'st')
  if other and other ~= 'z' then return 0 end  -- two open ones: both run on to their end
  redis.call('PERSIST', v)
  return put('HSET', v, 'oc', conv)
end

-- What is open goes on in the shop's epoch; its readers hear of it and are reset.
local function bring_into_epoch(s, conv, version, epoch)
  redis.call('HSET', s .. 'c:' .. conv, 'ep', epoch)
  publish_state(s, conv, version, '')
end

-- Returns how much was mended.
local function mend_conversation(s, conv, epoch)
  local c = s .. 'c:' .. conv
  local h = redis.call('HMGET', c, 'st', 'ag', 'en', 'vi', 've', 'ep', 'pk')
  local state, agent = h[1], h[2]
  local held, mended = state == 'o' or state == 'a', 0
  if held and (agent == '' or redis.call('EXISTS', s .. 'a:' .. agent) == 0) then
    -- Served by nobody that there is: to the queue.
    local version = tonumber(h[5]) + 1
    redis.call('HSET', c, 'st', 'w', 'ag', '', 've', version, 'od', 0, 'as', 0, 'an', 0,
      'pk', '')
    h[7] = ''
    publish_state(s, conv, version, '')
    state, agent, held, mended = 'w', '', false, 1
  end
  local open = state ~= false and state ~= 'z'
  mended = mended + mend_queue(s, conv, state == 'w', h[3]) + mend_holding(s, conv, held and agent or '')
  mended = mended + mend_parked(s, conv, state == 'a' and agent or '', h[7])
  if h[4] then mended = mended + mend_visitor(s, conv, h[4], open) end
  local listed = redis.call('SISMEMBER', s .. 'o', conv) == 1
  if open and not listed then mended = mended + put('SADD', s .. 'o', conv) end
  if listed and not open then mended = mended + put('SREM', s .. 'o', conv) end
  -- Not a repair: one of very many, when the end of the log was lost.
  if open and h[6] ~= epoch then bring_into_epoch(s, conv, tonumber(h[5]), epoch) end
  return mended
end

local function mend_holdings(s, agent, epoch)
  local held, mended = redis.call('SMEMBERS', s .. 'ac:' .. agent), 0
  for i = 1, #held do
    local h = redis.call('HMGET', s .. 'c:' .. held[i], 'st', 'ag')
    if (h[1] ~= 'o' and h[1] ~= 'a') or h[2] ~= agent then
      redis.call('SREM', s .. 'ac:' .. agent, held[i])
      mended = mended + 1 + mend_conversation(s, held[i], epoch)
    end
  end
  local parked = redis.call('SMEMBERS', s .. 'pc:' .. agent)
  for i = 1, #parked do
    local h = redis.call('HMGET', s .. 'c:' .. parked[i], 'st', 'ag', 'pk')
    if h[1] ~= 'a' or h[2] ~= agent or not is_parked(h[3]) then
      redis.call('SREM', s .. 'pc:' .. agent, parked[i])
      mended = mended + 1
    end
  end
  return mended
end

-- epoch part cursor count -> {next cursor, looked at, mended}. Parts: o the open, q the queue, a the agents.
local function reconcile(keys, args)
  local s, part, cursor, count = keys[1], args[2], args[3], args[4]
  if is_fenced(s, args[1]) then return FENCED end
  local epoch = redis.call('HGET', s .. 'cfg', 'ep')
  if not epoch then return NOT_FOUND end
  local found
  if part == 'q' then found = redis.call('ZSCAN', s .. 'q', cursor, 'COUNT', count)
  else found = redis.call('SSCAN', s .. (part == 'a' and 'ags' or 'o'), cursor, 'COUNT', count) end
  local looked, mended, step = 0, 0, part == 'q' and 2 or 1
  for i = 1, #found[2], step do
    local name = found[2][i]
    looked = looked + 1
    if part == 'a' then
      mended = mended + mend_holdings(s, name, epoch)
    elseif part == 'o' or redis.call('SISMEMBER', s .. 'o', name) == 0 then
      mended = mended + mend_conversation(s, name, epoch)
    end
  end
  return { tonumber(found[1]), looked, mended }
end

-- epoch -> {the shop's epoch, 1 if it is new by this call}. The store has lost the end of its log: what clients hold may
-- be of another timeline. Only the epoch in which it was noticed is ended, so that all who notice it end it once. What
-- is open is brought over in the same moment: no seq that was told before is given to another message in the old epoch.
local MOVED_AT_ONCE_MAX = 20000  -- Redis serves nobody else meanwhile; the rest is moved by reconcile
local function new_timeline(keys, args)
  local s, cfg = keys[1], keys[1] .. 'cfg'
  local h = redis.call('HMGET', cfg, 'ep', 'rev')
  if not h[1] then return NOT_FOUND end
  if h[1] ~= args[1] then return { tonumber(h[1]), 0 } end
  local epoch = redis.call('HINCRBY', cfg, 'ep', 1)
  local open = redis.call('SMEMBERS', s .. 'o')
  for i = 1, math.min(#open, MOVED_AT_ONCE_MAX) do
    local version = redis.call('HGET', s .. 'c:' .. open[i], 've')
    if version then bring_into_epoch(s, open[i], tonumber(version), epoch) end
  end
  note_event(s, 'C', now_ms(), '', tonumber(h[2]), '', '')
  redis.call('SPUBLISH', cfg, 'S' .. h[2])
  return { epoch, 1 }
end

redis.register_function { function_name = 'sb1_reconcile', callback = reconcile, flags = { 'allow-oom' } }
redis.register_function { function_name = 'sb1_new_timeline', callback = new_timeline, flags = { 'allow-oom' } }
