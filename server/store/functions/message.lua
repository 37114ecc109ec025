-- One entry of a conversation: numbered, stored, published, once (M2, M3).

-- The seq of the entry that `sender` wrote under `number`, walking back from the end; nil if it is not near it.
local function find_entry(s, conv, sender, number, cid)
  local entries = redis.call('XREVRANGE', s .. 'm:' .. conv, '+', '-', 'COUNT', LOOK_BACK_MAX)
  for i = 1, #entries do
    local f = entries[i][2]
    if f[2] == sender and (f[4] == number or number == nil) and (number ~= nil or f[6] == cid) then
      return tonumber(string.sub(entries[i][1], 3)), f[6], tonumber(f[8])
    end
  end
end

local function entry_time(s, conv, seq)
  local entry = redis.call('XRANGE', s .. 'm:' .. conv, '0-' .. seq, '0-' .. seq)[1]
  return entry and tonumber(entry[2][8]) or 0
end

local function append_of_system(s, conv, cid, body)
  local c = s .. 'c:' .. conv
  local h = redis.call('HMGET', c, 'st', 'hd', 'ep')
  if not h[1] then return NOT_FOUND end
  local epoch = tonumber(h[3])
  if cid ~= '' then
    local seq, _, time = find_entry(s, conv, '', nil, cid)
    if seq then return { seq, epoch, time, 1 } end
  end
  if h[1] == 'z' then return CLOSED end
  if tonumber(h[2]) >= ENTRIES_MAX then return FULL end
  local now = now_ms()
  local seq = put_entry(s, conv, tonumber(h[2]), now, '', 0, cid, body)
  redis.call('HSET', c, 'hd', seq)
  return { seq, epoch, now, 0 }
end

-- What a number that was used before gets: the first seq, however late and whatever became of the conversation.
local function repeated(s, conv, record, epoch, sender, number, cid)
  local last, seq, last_cid = string.match(record, '^(%d+):(%d+):(.*)$')
  if last == number then
    if last_cid ~= cid then return DUPLICATE_DIFFERS end
    return { tonumber(seq), epoch, entry_time(s, conv, seq), 1 }
  end
  local found, found_cid, time = find_entry(s, conv, sender, number, cid)
  if not found then return NUMBER_GAP end
  if found_cid ~= cid then return DUPLICATE_DIFFERS end
  return { found, epoch, time, 1 }
end

-- conv role person sender fence number cid body -> {seq, epoch, time, was it there before}
-- The order of the checks matters: a repeat is answered also after close or after the agent was replaced, but only to
-- who wrote the first (senders are kept apart by role and agent). `an` is when the agent answered, 0 if the visitor wrote
-- last: what she writes wakes a parked conversation.
local function append(keys, args)
  local s, conv, role, person = keys[1], args[1], args[2], args[3]
  local sender, fence, number, cid, body = args[4], args[5], args[6], args[7], args[8]
  if role == 's' then return append_of_system(s, conv, cid, body) end
  local c = s .. 'c:' .. conv
  local d = role == 'v' and 'd:' .. sender or 'd:' .. person .. ':' .. sender
  local h = redis.call('HMGET', c, 'st', 'vi', 'ag', 'fe', 'hd', 'ep', 'ns', d, 'pk')
  if not h[1] then return NOT_FOUND end
  if role == 'v' and h[2] ~= person then return NOT_YOURS end
  local record, wanted = h[8], tonumber(number)
  local last = record and tonumber(string.match(record, '^%d+')) or 0
  if record and wanted <= last then
    return repeated(s, conv, record, tonumber(h[6]), sender, number, cid)
  end
  if role == 'a' and (h[3] ~= person or h[4] ~= fence) then return NOT_YOURS end
  if h[1] == 'z' then return CLOSED end
  if role == 'a' and h[1] ~= 'a' then return NOT_YOURS end
  if wanted ~= last + 1 then return NUMBER_GAP end
  local head, senders = tonumber(h[5]), tonumber(h[7])
  if head >= ENTRIES_MAX or (not record and senders >= SENDERS_MAX) then return FULL end

  local now = now_ms()
  local seq = put_entry(s, conv, head, now, sender, wanted, cid, body)
  local said, answered = number .. ':' .. seq .. ':' .. cid, role == 'a' and now or 0
  if record then
    redis.call('HSET', c, 'hd', seq, d, said, 'an', answered)
  else
    redis.call('HSET', c, 'hd', seq, d, said, 'an', answered, 'ns', senders + 1)
  end
  if role == 'v' and is_parked(h[9]) then
    set_parked(s, conv, h[3], redis.call('HGET', c, 've') + 1, now, false)
  end
  return { seq, tonumber(h[6]), now, 0 }
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
