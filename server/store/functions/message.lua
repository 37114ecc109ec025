-- One entry of a conversation: numbered, stored, published, once (M2, M3).

-- Which client ids a conversation holds, and where: {s}:i:<conversation>, one field for each entry that has one. An author's ids
-- are her own, so that nobody learns by a guess what somebody else has written.
local function id_field(role, person, cid)
  if role == 'v' then return cid end
  return cid .. ':' .. (role == 's' and '' or person)
end

-- The answer of the first time, from whatever device and under whatever number it comes again, however late and whatever
-- became of the conversation; `refusal` if this is the first time.
local function as_before(s, conv, field, cid, epoch, refusal)
  local seq = redis.call('HGET', s .. 'i:' .. conv, field)
  if not seq then return refusal end
  local entry = redis.call('XRANGE', s .. 'm:' .. conv, '0-' .. seq, '0-' .. seq)[1]
  if not entry or entry[2][6] ~= cid then  -- a hand in the keys: what is not in the log is never acknowledged
    return refusal or redis.error_reply('ERR the client ids and the log of a conversation disagree')
  end
  return { tonumber(seq), epoch, tonumber(entry[2][8]), 1 }
end

local function append_of_system(s, conv, cid, body)
  local c, field = s .. 'c:' .. conv, id_field('s', '', cid)
  local h = redis.call('HMGET', c, 'st', 'hd', 'ep')
  if not h[1] then return NOT_FOUND end
  local head, epoch, refusal = tonumber(h[2]), tonumber(h[3]), nil
  if h[1] == 'z' then
    refusal = CLOSED
  elseif head >= ENTRIES_MAX then
    refusal = FULL
  end
  if refusal then return cid ~= '' and as_before(s, conv, field, cid, epoch, refusal) or refusal end
  if cid ~= '' and redis.call('HSETNX', s .. 'i:' .. conv, field, head + 1) == 0 then
    return as_before(s, conv, field, cid, epoch)
  end
  local now = now_ms()
  local seq = put_entry(s, conv, head, now, '', 0, cid, body)
  redis.call('HSET', c, 'hd', seq)
  return { seq, epoch, now, 0 }
end

-- Why this cannot be the next entry of its author's device, if it cannot.
local function refusal_of(h, role, person, fence, wanted, last)
  if wanted <= last then return DUPLICATE_DIFFERS end
  if role == 'a' and (h[3] ~= person or h[4] ~= fence) then return NOT_YOURS end
  if h[1] == 'z' then return CLOSED end
  if role == 'a' and h[1] ~= 'a' then return NOT_YOURS end
  if wanted ~= last + 1 then return NUMBER_GAP end
  if tonumber(h[5]) >= ENTRIES_MAX or (not h[8] and tonumber(h[7]) >= SENDERS_MAX) then return FULL end
end

-- conv role person sender fence number cid body -> {seq, epoch, time, was it there before}
-- A repeat is answered also after close or after the agent was replaced, but only to who wrote the first. `an` is when the
-- agent answered, 0 if the visitor wrote last: what she writes wakes a parked conversation.
local function append(keys, args)
  local s, conv, role, person = keys[1], args[1], args[2], args[3]
  local sender, fence, number, cid, body = args[4], args[5], args[6], args[7], args[8]
  if role == 's' then return append_of_system(s, conv, cid, body) end
  local c = s .. 'c:' .. conv
  local d = role == 'v' and 'd:' .. sender or 'd:' .. person .. ':' .. sender
  local h = redis.call('HMGET', c, 'st', 'vi', 'ag', 'fe', 'hd', 'ep', 'ns', d, 'pk')
  if not h[1] then return NOT_FOUND end
  if role == 'v' and h[2] ~= person then return NOT_YOURS end
  local wanted, last = tonumber(number), tonumber(string.match(h[8] or '0', '^%d+'))  -- former revisions noted more
  local head, epoch, field = tonumber(h[5]), tonumber(h[6]), id_field(role, person, cid)
  local refusal = refusal_of(h, role, person, fence, wanted, last)
  if refusal then return as_before(s, conv, field, cid, epoch, refusal) end
  -- Nothing may refuse it from here on: what is in the index is in the log.
  if redis.call('HSETNX', s .. 'i:' .. conv, field, head + 1) == 0 then
    return as_before(s, conv, field, cid, epoch)
  end

  local now = now_ms()
  local seq = put_entry(s, conv, head, now, sender, wanted, cid, body)
  local answered = role == 'a' and now or 0
  if h[8] then
    redis.call('HSET', c, 'hd', seq, d, number, 'an', answered)
  else
    redis.call('HSET', c, 'hd', seq, d, number, 'an', answered, 'ns', h[7] + 1)
  end
  if role == 'v' and is_parked(h[9]) then
    set_parked(s, conv, h[3], redis.call('HGET', c, 've') + 1, now, false)
  end
  return { seq, epoch, now, 0 }
end

-- conv role person seq -> 1, or 0 if the mark was there already
local function mark_read(keys, args)
  local s, conv, role, person, seq = keys[1], args[1], args[2], args[3], tonumber(args[4])
  local c, field = s .. 'c:' .. conv, role == 'v' and 'rv' or 'ra'
  local h = redis.call('HMGET', c, role == 'v' and 'vi' or 'ag', 'hd', field)
  if not h[2] then return NOT_FOUND end
  if h[1] ~= person then return NOT_YOURS end
  if seq > tonumber(h[2]) then seq = tonumber(h[2]) end
  if seq <= tonumber(h[3]) then return 0 end
  redis.call('HSET', c, field, seq)
  redis.call('SPUBLISH', c, 'R' .. role .. seq)
  return 1
end

redis.register_function('sb1_append', append)
redis.register_function { function_name = 'sb1_mark_read', callback = mark_read, flags = { 'allow-oom' } }
