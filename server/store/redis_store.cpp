// Keys. All keys of a shop carry the hash tag {s} (s = the shop's id), so that a function may touch all of
// them and the same code runs on Redis Cluster. Written by functions/*.lua only, except where it says
// otherwise.
//
// clang-format off
//   {s}:c:<conversation>  hash    st state w|o|a|z        ve version          fe fence
//                                 ep epoch                nu number           vi visitor
//                                 vn her name             la language         sk skill
//                                 wm, wp wish: mode, persona                  ti tier
//                                 ag agent                lg last agent       en entered ms
//                                 od offer deadline ms    as assigned ms      hd seq of the last entry
//                                 rv, ra read by visitor, agent: seq          ns number of senders
//                                 d:<sender>, d:<agent>:<sender>  last number
//                                 df fence:agent of the last decline, rq version of the last requeue (known repeats)
//                                 an when the agent answered, 0 if the visitor wrote last
//                                 pk since when it is parked; 0 if it was, empty if it never was with this agent
//                                 zt, zr, zb when, why and by which role it was closed
//   {s}:m:<conversation>  stream  the log; id 0-<seq>; s sender, n number, c client id, t time ms, m body
//   {s}:i:<conversation>  hash    client id of a visitor, <client id>:<agent>, <client id>: of the system -> seq
//   {s}:v:<visitor>       hash    oc open conversation, la last agent; forgotten 180 days after the last close
//   {s}:q                 zset    waiting conversations; score = entered ms, never reset (R3)
//   {s}:o                 set     open conversations
//   {s}:z                 zset    closed conversations; score = time of close ms: the archiver's queue
//   {s}:a:<agent>         hash    st status, rs reason, li line, ls line since ms, cp capacity, nd node, se session,
//                                 mv moving, ve version
//   {s}:ac:<agent>        set     conversations offered to and active with her (R2)
//   {s}:pc:<agent>        set     those of them that are parked: each takes a part of a place
//   {s}:ags               set     agents that the shop employs, and those that still hold something
//   {s}:ev                stream  transitions for the desk; id 0-<n> without gaps, so that a trimmed piece is noticed;
//                                 k kind, t time ms, c conversation, v version, a agent, r reason; about 10,000 kept
//   {s}:rl                hash    desk lease: ho holder, ep epoch, be beat
//   {sys}:nodes           hash    gateways: node -> "<incarnation> <beat>"
//   {sys}:starts          string  starts of gateways so far
//   {s}:rc                stream  the record, in pages; id <octets ever written>-0; e epoch, n number, t text
//   {s}:rx                hash    of the record: ep, nu epoch and number of the last page, oc octets ever
//   written, kp what the next desk shall know
//   {s}:w:<conversation>  string  why its latest offer was made; for a week
//   {s}:dl                stream  the latest offers; id 0-<n>; t time ms, c conversation, a agent, w why; about 500 kept
//   {s}:n                 string  number of the youngest conversation
//   {s}:cfg               hash    rev revision, dg digest, text the shop file, key for tokens, okey the one before,
//                                 ep epoch of new logs, bo when it was first applied: ms
//   {s}:so                hash    who was signed out, and when: v:<visitor>, a:<agent> -> Unix seconds
//   {s}:tpl               hash    templates: "trigger|persona|language" -> text
//   {s}:pw                hash    argon2id strings by agent
//   {s}:fp                hash    those that stand in the shop file, by agent; an empty field: they were noted once
//   {s}:lo:<agent>        string  log-ins in a row that were not right; forgotten login.lock_out_s after the last
//   {s}:av                string  the desk's view of free places
//   {sys}:shops           set     all shops (SADD by apply_shop, outside the function: another slot)
// clang-format on
//
// Shard channels have the names of keys: {s}:c:<conversation>, {s}:a:<agent>, {s}:cfg, {s}:av.
#include "server/store/redis_store.hpp"

#include <algorithm>

#include "server/base/pause.hpp"
#include "server/store/redis_store_ask.hpp"

namespace switchboard::store {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds others_within{3};  // masters of a cluster, after the first

// Seconds and microseconds.
std::optional<Millis> parse_time(ReplyView reply) {
  const auto seconds = reply[0].number(), micros = reply[1].number();
  if (reply.size() != 2 || !seconds || !micros) return std::nullopt;
  return *seconds * 1000 + *micros / 1000;
}

Millis steady_ms() noexcept {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

RedisStore::RedisStore(asio::any_io_executor executor, RedisOptions options, Random random, Report report)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      random_(std::move(random)),
      report_(std::move(report)),
      masters_(executor_, options_, random_, report_,
               [this](RedisClient& client) { return prepare(client); }),
      stopped_(std::make_shared<bool>(false)) {}

RedisStore::~RedisStore() {
  stop();
}

void RedisStore::start() {
  masters_.start();
}

void RedisStore::stop() {
  if (std::exchange(*stopped_, true)) return;
  masters_.stop();
  for (auto& [shop, line] : event_lines_) line.client->stop();
}

Task<bool> RedisStore::wait_ready(std::chrono::milliseconds limit) {
  const auto begin = std::chrono::steady_clock::now();
  while (presence() != RedisMasters::Presence::all) {
    const auto waited = std::chrono::steady_clock::now() - begin;
    if (!durability_.refusal.empty() || waited > limit) co_return false;
    if (ready() && waited > others_within) break;
    co_await pause(std::chrono::milliseconds(10));
  }
  co_return true;
}

// On every fresh connection: is this Redis fit for us, has it our functions, and all that it acknowledged?
asio::awaitable<std::string> RedisStore::prepare(RedisClient& client) {
  Durability found = co_await ask_durability(client);
  if (!found.known) co_return "no answer to INFO and CONFIG GET";
  const std::string refusal = found.refusal;
  note_durability(client, std::move(found));
  if (!refusal.empty()) co_return refusal;
  std::string why = co_await load_library(client, true);
  if (!why.empty()) co_return why;
  why = co_await check_last_acks(client);
  if (!why.empty()) co_return why;
  const Answer<Reply> answer = co_await client.ask_early(Command("TIME").octets());
  const auto time = answer ? parse_time(answer->view()) : std::nullopt;
  if (!time) co_return "no answer to TIME";
  note_time(*time);
  co_return "";
}

// Says what is new, and puts together what is true of all masters.
void RedisStore::note_durability(const RedisClient& client, Durability found) {
  const auto address = client.options().url.shown();
  std::erase_if(found_,
                [&](const auto& one) { return one.first != address && !masters_.is_master(one.first); });
  found_[address] = std::move(found);
  Durability all;
  all.known = all.promises_kept = true;
  for (const auto& [where, one] : found_) {
    all.promises_kept = all.promises_kept && one.promises_kept;
    all.version = one.version;
    if (all.refusal.empty()) all.refusal = one.refusal;
    for (const auto& warning : one.warnings)
      if (std::ranges::find(all.warnings, warning) == all.warnings.end()) all.warnings.push_back(warning);
  }
  for (const auto& warning : all.warnings)
    if (std::ranges::find(durability_.warnings, warning) == durability_.warnings.end())
      report_(Severity::warning, "Redis: " + warning);
  durability_ = std::move(all);
}

void RedisStore::note_time(Millis redis_time) noexcept {
  redis_minus_steady_ = redis_time - steady_ms();
}

Millis RedisStore::now() const {
  return steady_ms() + redis_minus_steady_;
}

Task<Answer<Millis>> RedisStore::time() {
  auto found = co_await ask_plain<Millis>(Command("TIME").octets(), parse_time);
  if (found) note_time(*found);
  co_return found;
}

void RedisStore::publish(std::string_view channel, std::string_view message) {
  if (message.size() > body_octets_max) return;
  masters_.hint(Command("SPUBLISH").arg(channel).arg(message).octets());
}

}  // namespace switchboard::store
