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
  for (auto& [id, log] : logs_) log.line_lost();
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
  Hello hello{identity_.shop,     identity_.token,   identity_.device,   identity_.name,
              identity_.language, logs_.positions(), "switchboard-bench"};
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
    for (auto& [id, log] : logs_) send_posts(log);
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
  ClientLog& log = logs_.of(conversation);
  const auto client_id = log.post(random_word(wire_.random, 22), fence, std::move(text), due).client_id;
  if (ready_) send_posts(log);
  return client_id;
}

void Client::send_post(const Posted& post, bool repeat) {
  send(post.frame(),
       [this, copy = post, repeat](const ServerFrame* reply) { answered(copy, repeat, reply); });
}

void Client::send_posts(ClientLog& log) {
  while (const Posted* post = log.next_to_send()) send_post(*post, false);
}

bool Client::repeat(const std::string& conversation) {
  const auto* log = logs_.find(conversation);
  if (!ready_ || !log || !log->last_acknowledged()) return false;
  send_post(*log->last_acknowledged(), true);
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
    logs_.of(entries.conversation).hold(entries.epoch, entry.seq);
    owner_.on_entry(entries.conversation, entries.epoch, entry);
  }
}

void Client::take(const Reset& reset) {
  const auto offered = logs_.of(reset.conversation).reset(reset.epoch);
  owner_.on_reset(reset, offered);
  repeat_later(reset.conversation);
}

void Client::answered(const Posted& post, bool repeat, const ServerFrame* reply) {
  if (!reply) return;  // the outcome is unknown: repeated after the next welcome
  ClientLog* log = logs_.find(post.conversation);
  if (const auto* ack = std::get_if<Ack>(&reply->body)) {
    if (log) log->acknowledged(post, *ack, repeat);
    repeat_later(post.conversation);
    return owner_.on_ack(post, *ack, repeat);
  }
  const auto* error = std::get_if<Error>(&reply->body);
  if (!error || repeat || !log) return;
  const bool given_up = log->refused(post, *error);
  repeat_later(post.conversation);
  if (given_up) owner_.on_refused(post, *error);
}

void Client::repeat_later(const std::string& conversation) {
  auto* waiting = logs_.find(conversation);
  const auto pause = waiting ? waiting->repeat_after() : std::nullopt;
  if (!pause) return;
  auto timer = std::make_shared<asio::steady_timer>(wire_.io, *pause);
  timer->async_wait(
      [this, alive = alive_, connection = connections_, conversation, timer](boost::system::error_code) {
        if (!*alive || !ready_ || connection != connections_) return;
        ClientLog* log = logs_.find(conversation);
        if (!log) return;
        log->repeat();
        send_posts(*log);
      });
}

std::size_t Client::unanswered_for(std::chrono::milliseconds pause) const {
  const auto before = Clock::now() - pause;
  return static_cast<std::size_t>(
      std::ranges::count_if(waiting_, [&](const auto& one) { return one.second.since < before; }));
}

std::vector<std::string> Client::with_gaps() const {
  std::vector<std::string> found;
  for (const auto& [id, log] : logs_)
    if (log.has_gap()) found.push_back(id);
  return found;
}

}  // namespace switchboard::load
