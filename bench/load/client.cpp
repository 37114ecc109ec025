#include "bench/load/client.hpp"

#include <algorithm>

namespace switchboard::load {

using namespace proto;
namespace asio = boost::asio;

std::string random_word(std::mt19937_64& random, std::size_t length) {
  static constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string word(length, ' ');
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < length; ++i, bits >>= 6) {
    if (i % 10 == 0) bits = random();
    word[i] = letters[bits & 63];
  }
  return word;
}

Client::Client(Wire& wire, Target target, Identity identity, Owner& owner)
    : wire_(wire),
      target_(std::move(target)),
      identity_(std::move(identity)),
      owner_(owner),
      retry_(wire.io),
      heartbeat_(wire.io),
      silence_(wire.io) {}

Client::~Client() {
  *alive_ = false;
  if (socket_) socket_->cut();
}

// ---------------------------------------------------------------- the line

void Client::start() {
  wanted_ = true;
  tries_ = 0;
  if (!socket_) connect();
}

void Client::connect() {
  ++connections_;
  heard_at_ = Clock::now();
  socket_ = Socket::connect(wire_, choose_target ? choose_target() : target_, subprotocol_protobuf, *this);
  watch_silence();
}

// Idle clients wait for nothing between their heartbeats.
void Client::watch_silence() {
  const auto most = ready_ ? std::max(silence_max, 2 * heartbeat_every_) : silence_max;
  silence_.expires_at(heard_at_ + most);
  silence_.async_wait([this, alive = alive_, most](boost::system::error_code error) {
    if (error || !*alive || !socket_) return;
    if (Clock::now() - heard_at_ < most) return watch_silence();
    const bool awaits = !ready_ || !waiting_.empty();
    if (awaits) return lose_line();
    heard_at_ = Clock::now();
    watch_silence();
  });
}

void Client::stop(bool politely) {
  wanted_ = false;
  retry_.cancel();
  if (!socket_) return;
  if (politely) return socket_->close(net::close_code::normal);
  socket_->cut();
  down();
}

void Client::lose_line(std::optional<std::chrono::milliseconds> after) {
  if (!socket_) return;
  socket_->cut();
  down();
  if (wanted_) reconnect_later(after);
}

// Everything that belonged to the connection is over; what is unacknowledged stays.
void Client::down() {
  socket_.reset();
  ready_ = false;
  heartbeat_.cancel();
  silence_.cancel();
  for (auto& [id, log] : logs_) {
    for (Posted& post : log.unacknowledged) post.in_flight = false;
  }
  auto waiting = std::move(waiting_);
  waiting_.clear();
  for (auto& [ref, request] : waiting) request.reply(nullptr);
}

// W26: random(0, min(retry_max, retry_base * 2^k)).
void Client::reconnect_later(std::optional<std::chrono::milliseconds> after) {
  const auto most = std::min(retry_max.count(), retry_base.count() << std::min(tries_, 20U));
  ++tries_;
  const auto delay =
      after ? after->count() : std::uniform_int_distribution<std::int64_t>(0, most)(wire_.random);
  retry_.expires_after(std::chrono::milliseconds(delay));
  retry_.async_wait([this, alive = alive_](boost::system::error_code error) {
    if (error || !*alive || !wanted_ || socket_) return;
    connect();
  });
}

void Client::on_open() {
  say_hello();
}

void Client::say_hello() {
  Hello hello{identity_.shop,     identity_.token, identity_.device, identity_.name, identity_.language, {},
              "switchboard-bench"};
  for (const auto& [id, log] : logs_) {
    // The contract takes 16; whatever is left out is read again from the start and recognised by its seq.
    if (hello.positions.size() < 16 && log.epoch != 0) hello.positions.push_back({id, log.epoch, log.seq});
  }
  send(std::move(hello), [this](const ServerFrame* reply) {
    if (!reply) return;
    const auto* welcome = std::get_if<Welcome>(&reply->body);
    if (!welcome) {  // busy or not possible now: as a lost line
      lose_line();
      return;
    }
    tries_ = 0;
    ready_ = true;
    if (!welcome->token.empty()) identity_.token = welcome->token;
    heartbeat_every_ = std::chrono::milliseconds(welcome->heartbeat_ms);
    if (heartbeats && welcome->heartbeat_ms > 0) beat();
    for (auto& [id, log] : logs_) send_all_unacknowledged(log);
    owner_.on_welcome(*welcome);
  });
}

void Client::beat() {
  heartbeat_.expires_after(heartbeat_every_);
  heartbeat_.async_wait([this, alive = alive_](boost::system::error_code error) {
    if (error || !*alive || !ready_) return;
    send(Heartbeat{}, [](const ServerFrame*) {});
    beat();
  });
}

void Client::on_end(std::uint16_t code, std::string_view reason) {
  down();
  owner_.on_down(code, reason);
  // 4500 and above: do not come back (close codes in the contract); 4004 likewise.
  if (code >= 4500 || code == 4004) wanted_ = false;
  if (wanted_ && !socket_) reconnect_later(std::nullopt);
}

// ---------------------------------------------------------------- out

std::uint32_t Client::send(decltype(ClientFrame::body) body, Reply reply) {
  const auto ref = ++last_ref_;
  waiting_.emplace(ref, Waiting{std::move(reply), Clock::now()});
  socket_->send(encode(Encoding::protobuf, ClientFrame{ref, std::move(body)}));
  return ref;
}

bool Client::request(decltype(ClientFrame::body) body, Reply reply) {
  if (!ready_) return false;
  send(std::move(body), std::move(reply));
  return true;
}

std::string Client::post(const std::string& conversation, std::uint32_t fence, std::string text,
                         Clock::time_point due) {
  Log& log = logs_[conversation];
  log.unacknowledged.push_back(
      {conversation, random_word(wire_.random, 22), ++log.last_number, fence, std::move(text), due, false});
  if (ready_ && !log.repeating) send_post(log.unacknowledged.back());
  return log.unacknowledged.back().client_id;
}

void Client::send_post(Posted& post) {
  post.in_flight = true;
  send(Post{post.conversation, post.client_id, post.number, post.fence, {post.text}},
       [this, copy = post](const ServerFrame* reply) { answered(copy, false, reply); });
}

void Client::send_all_unacknowledged(Log& log) {
  log.repeating = false;
  for (Posted& post : log.unacknowledged) {
    if (!post.in_flight) send_post(post);
  }
}

bool Client::repeat(const std::string& conversation) {
  const auto found = logs_.find(conversation);
  if (!ready_ || found == logs_.end() || !found->second.last_acknowledged) return false;
  const Posted& post = *found->second.last_acknowledged;
  send(Post{post.conversation, post.client_id, post.number, post.fence, {post.text}},
       [this, copy = post](const ServerFrame* reply) { answered(copy, true, reply); });
  return true;
}

// ---------------------------------------------------------------- in

void Client::on_message(std::string_view payload) {
  heard_at_ = Clock::now();
  owner_.on_octets(payload);
  const auto frame = decode_server(Encoding::protobuf, payload);
  if (!frame) return socket_->close(net::close_code::invalid_payload);
  if (const auto* entries = std::get_if<Entries>(&frame->body)) return take(*entries);
  if (frame->ref != 0) {
    const auto found = waiting_.find(frame->ref);
    if (found == waiting_.end()) return;
    const auto reply = std::move(found->second.reply);
    waiting_.erase(found);
    return reply(&*frame);
  }
  if (const auto* reset = std::get_if<Reset>(&frame->body)) return take(*reset);
  if (const auto* reconnect = std::get_if<Reconnect>(&frame->body)) {
    return lose_line(std::chrono::milliseconds(reconnect->after_ms));
  }
  owner_.on_push(*frame);
}

void Client::take(const Entries& entries) {
  for (const Entry& entry : entries.entries) {
    Log& log = logs_[entries.conversation];
    // A message of an earlier connection of ours may come back as an entry before it is acknowledged: both
    // count once.
    hold(log, entries.epoch, entry.seq);
    owner_.on_entry(entries.conversation, entries.epoch, entry);
  }
}

void Client::take(const Reset& reset) {
  Log& log = logs_[reset.conversation];
  log.epoch = reset.epoch;
  log.seq = 0;
  log.beyond.clear();
  log.last_acknowledged.reset();
  const auto offered = std::exchange(log.acknowledged, {});
  owner_.on_reset(reset, offered);
  // In their old order, before what is unacknowledged. Their numbers are those that the server knows: what is
  // lost was the end.
  for (auto post = offered.rbegin(); post != offered.rend(); ++post) {
    Posted& mine = log.unacknowledged.emplace_front(*post);
    mine.again = true;
    mine.in_flight = false;
  }
  if (!log.unacknowledged.empty()) repeat_when_quiet(reset.conversation, 0);
}

void Client::hold(Log& log, std::uint32_t epoch, std::uint32_t seq) {
  log.epoch = epoch;
  if (seq <= log.seq) return;
  log.beyond.insert(seq);
  while (!log.beyond.empty() && *log.beyond.begin() == log.seq + 1) {
    log.beyond.erase(log.beyond.begin());
    ++log.seq;
  }
}

// ---------------------------------------------------------------- answers to posts

void Client::answered(const Posted& post, bool repeat, const ServerFrame* reply) {
  if (!reply) return;  // the outcome is unknown: repeated after the next welcome
  if (const auto* ack = std::get_if<Ack>(&reply->body)) return acknowledged(post, *ack, repeat);
  const auto* error = std::get_if<Error>(&reply->body);
  if (!error || repeat) return;
  const auto found = logs_.find(post.conversation);
  if (found == logs_.end()) return;
  for (Posted& mine : found->second.unacknowledged) {
    if (mine.client_id == post.client_id) mine.in_flight = false;
  }
  switch (error->code) {
    case ErrorCode::number_gap:
    case ErrorCode::busy:
    case ErrorCode::try_again:
    case ErrorCode::internal:
      return repeat_when_quiet(post.conversation, error->retry_after_ms);
    default:
      return refused(post, *error);
  }
}

void Client::acknowledged(const Posted& post, const Ack& ack, bool repeat) {
  if (const auto found = logs_.find(post.conversation); found != logs_.end()) {
    Log& log = found->second;
    hold(log, ack.epoch, ack.seq);
    std::erase_if(log.unacknowledged, [&](const Posted& mine) { return mine.client_id == post.client_id; });
    if (!repeat) log.last_acknowledged = post;
    if (!repeat && offer_again) log.acknowledged.push_back(post);
    // One that was sent before it may have got TRY_AGAIN and have waited for this answer.
    if (log.repeating) repeat_when_quiet(post.conversation, 0);
  }
  owner_.on_ack(post, ack, repeat);
}

// A definite no: every later number would be a gap, so the rest moves up by one.
void Client::refused(const Posted& post, const Error& error) {
  if (const auto found = logs_.find(post.conversation); found != logs_.end()) {
    Log& log = found->second;
    std::erase_if(log.unacknowledged, [&](const Posted& mine) { return mine.client_id == post.client_id; });
    std::uint32_t number = post.number;
    for (Posted& mine : log.unacknowledged) {
      if (mine.number > post.number) mine.number = number++;
    }
    log.last_number = log.unacknowledged.empty() ? post.number - 1 : log.unacknowledged.back().number;
    if (log.repeating) repeat_when_quiet(post.conversation, 0);
  }
  owner_.on_refused(post, error);
}

// All that is under way must be answered first, or the repeats would overtake it.
void Client::repeat_when_quiet(const std::string& conversation, std::uint32_t after_ms) {
  Log& log = logs_[conversation];
  log.repeating = true;
  if (std::ranges::any_of(log.unacknowledged, &Posted::in_flight)) return;
  auto timer = std::make_shared<asio::steady_timer>(wire_.io, std::chrono::milliseconds(after_ms));
  timer->async_wait([this, alive = alive_, conversation, timer](boost::system::error_code) {
    if (!*alive || !ready_) return;
    if (const auto found = logs_.find(conversation); found != logs_.end())
      send_all_unacknowledged(found->second);
  });
}

std::size_t Client::unacknowledged(const std::string& conversation) const {
  const auto found = logs_.find(conversation);
  return found == logs_.end() ? 0 : found->second.unacknowledged.size();
}

std::size_t Client::unacknowledged() const {
  std::size_t count = 0;
  for (const auto& [id, log] : logs_) count += log.unacknowledged.size();
  return count;
}

std::size_t Client::unanswered_for(std::chrono::milliseconds pause) const {
  const auto before = Clock::now() - pause;
  return static_cast<std::size_t>(
      std::ranges::count_if(waiting_, [&](const auto& one) { return one.second.since < before; }));
}

std::uint32_t Client::position(const std::string& conversation) const {
  const auto found = logs_.find(conversation);
  return found == logs_.end() ? 0 : found->second.seq;
}

std::vector<std::string> Client::with_gaps() const {
  std::vector<std::string> found;
  for (const auto& [id, log] : logs_)
    if (!log.beyond.empty()) found.push_back(id);
  return found;
}

void Client::forget(const std::string& conversation) {
  logs_.erase(conversation);
}

}  // namespace switchboard::load
