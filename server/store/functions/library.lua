#!lua name=sb1
-- Switchboard's state changes, each one a function: it checks everything first, then writes, so that it happens as a
-- whole or not at all; what it changed it notes in the shop's event stream and publishes. The files of this folder are
-- joined in the order of the list in CMakeLists.txt, this one first.
--
-- KEYS[1] is the prefix of all keys of the shop, "{shop}:"; the keys are listed in redis_store.cpp. Time is Redis TIME,
-- in milliseconds. A refusal is a negative integer; an error reply is a bug. Every loop is bounded by an argument that
-- the caller has limited. At load time nothing but local definitions and redis.register_function works.

-- Raised with every change; a gateway replaces the library only if its own revision is higher.
local REVISION = 11

local NOT_FOUND, NOT_YOURS, CLOSED, NUMBER_GAP, DUPLICATE_DIFFERS = -1, -2, -3, -4, -5
local STALE, FULL, NOT_AVAILABLE, FENCED, INVALID = -6, -7, -8, -9, -10

local EVENTS_MAX = 10000    -- kept in the shop's event stream; a desk that is further behind rebuilds itself
local ENTRIES_MAX = 5000    -- of one conversation
local SENDERS_MAX = 64      -- devices that may write into one conversation; keeps its hash small
local TOKEN_KEPT_S = 400 * 24 * 3600      -- longer than any token of ours lives
local PAGES_MAX = 200000    -- of a shop's record, whatever their size
local DECISIONS_MAX = 500   -- of the shop's latest ones
local WHY_KEPT_S = 7 * 24 * 3600        -- why a conversation came to its agent
local UNITS = 4             -- a conversation takes so much of a place, a parked one less: as much as the desk says
local VISITOR_KEPT_S = 180 * 24 * 3600  -- how long a visitor's last agent is remembered after her last conversation

local function now_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- What a conversation is to its readers, in the order that parse_conversation() in C++ expects. New fields go last.
local VIEW = { 'ep', 'nu', 'st', 've', 'fe', 'vi', 'vn', 'la', 'sk', 'wm', 'wp', 'ti', 'ag', 'lg', 'en', 'od', 'as',
  'hd', 'rv', 'ra', 'wr', 'pk' }

-- Writes the next entry of a conversation's log and publishes it. Returns its seq.
local function put_entry(s, conv, head, now, sender, number, cid, body)
  local seq = head + 1
  redis.call('XADD', s .. 'm:' .. conv, '0-' .. seq, 's', sender, 'n', number, 'c', cid, 't', now, 'm', body)
  redis.call('SPUBLISH', s .. 'c:' .. conv,
    string.format('E%d:%d:%d:%d:%d:', seq, now, number, #sender, #cid) .. sender .. cid .. body)
  return seq
end

-- Writes system entries from args[first] on; returns the new head.
local function put_system_entries(s, conv, head, now, args, first)
  for i = first, #args do
    head = put_entry(s, conv, head, now, '', 0, '', args[i])
  end
  return head
end

local function note_event(s, kind, now, conv, version, agent, reason)
  redis.call('XADD', s .. 'ev', 'MAXLEN', '~', EVENTS_MAX, '0-*',
    'k', kind, 't', now, 'c', conv, 'v', version, 'a', agent, 'r', reason)
end

-- Tells those who watch the conversation that its state changed, and the agent (empty: none) that it concerns.
local function publish_state(s, conv, version, agent)
  redis.call('SPUBLISH', s .. 'c:' .. conv, 'S' .. version)
  if agent ~= '' then
    redis.call('SPUBLISH', s .. 'a:' .. agent, 'A' .. conv)
  end
end

-- What an agent's conversations take of her places, in units. Counted, never added up: no counter can go wrong.
local function units_of(s, agent, park_units)
  return UNITS * redis.call('SCARD', s .. 'ac:' .. agent) - (UNITS - park_units) * redis.call('SCARD', s .. 'pc:' .. agent)
end

-- The field pk: since when, '0' if it was and is not any more, '' or nothing if it never was with this agent.
local function is_parked(pk)
  return pk and pk ~= '' and pk ~= '0'
end

-- Her conversation waits for its visitor, or does not any more. The visitor is not told.
local function set_parked(s, conv, agent, version, now, parked)
  redis.call('HSET', s .. 'c:' .. conv, 'pk', parked and now or 0, 've', version)
  redis.call(parked and 'SADD' or 'SREM', s .. 'pc:' .. agent, conv)
  note_event(s, parked and 'K' or 'U', now, conv, version, agent, '')
  redis.call('SPUBLISH', s .. 'a:' .. agent, 'A' .. conv)
end

local function free_place(s, conv, agent)
  redis.call('SREM', s .. 'ac:' .. agent, conv)
  redis.call('SREM', s .. 'pc:' .. agent, conv)
end

-- A desk of an older epoch has been replaced; whatever it decides is void (R1).
local function is_fenced(s, epoch)
  return redis.call('HGET', s .. 'rl', 'ep') ~= epoch
end

redis.register_function { function_name = 'sb1_rev', callback = function() return REVISION end,
  flags = { 'no-writes', 'allow-stale' } }
