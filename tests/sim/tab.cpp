#include "tests/sim/tab.hpp"

#include <algorithm>

namespace switchboard::sim {

using namespace proto;

namespace {
constexpr Micros connect_limit = 10 * second;
constexpr std::size_t positions_most = 16;
}  // namespace

Tab::Tab(Timeline& timeline, Random random, Identity identity, Encoding encoding, Dial dial, Owner& owner)
    : timeline_(timeline),
      random_(random),
      identity_(std::move(identity)),
      encoding_(encoding),
      dial_(std::move(dial)),
      owner_(owner) {}

Tab::~Tab() {
  *alive_ = false;
  if (wire_) wire_->hang_up();
}

void Tab::later(Micros delay, std::function<void()> action) {
  timeline_.after(delay, [alive = alive_, action = std::move(action)] {
    if (*alive) action();
  });
}

// ---------------------------------------------------------------- the line

void Tab::open() {
  if (std::exchange(wanted_, true)) return;
  dial();
}

void Tab::close() {
  if (!std::exchange(wanted_, false)) return;
  down(0);
}

void Tab::dial() {
  const auto attempt = ++attempts_;
  parser_ = net::FrameParser(net::Role::client);
  Wire::Ears ears;
  ears.octets = [this, alive = alive_, attempt](std::string octets) {
    if (*alive && attempt == attempts_) heard(std::move(octets));
  };
  ears.ended = [this, alive = alive_, attempt] {
    if (*alive && attempt == attempts_ && wire_) down(net::close_code::abnormal);
  };
  const auto subprotocol = encoding_ == Encoding::json ? subprotocol_json : subprotocol_protobuf;
  dial_(std::string(subprotocol), std::move(ears),
        [this, alive = alive_, attempt](std::shared_ptr<Wire> wire) {
          if (*alive && attempt == attempts_)
            dialled(attempt, std::move(wire));
          else if (wire)
            wire->hang_up();
        });
  later(connect_limit, [this, attempt] {
    if (attempt == attempts_ && wanted_ && !ready_) down(net::close_code::abnormal);
  });
}

void Tab::dialled(std::uint64_t, std::shared_ptr<Wire> wire) {
  if (!wanted_) return wire ? wire->hang_up() : void();
  if (!wire) return down(net::close_code::abnormal);
  wire_ = std::move(wire);
  heard_at_ = now();
  say_hello();
}

void Tab::lose_line(bool noticed) {
  if (!wire_) return;
  if (noticed) {
    wire_->cut();
    down(net::close_code::abnormal);
  } else {
    wire_->hold(true, true);
  }
}

void Tab::stop_reading(Micros time) {
  if (!wire_) return;
  wire_->set_reading(false);
  later(time, [wire = wire_] { wire->set_reading(true); });
}

// W26: full jitter, to any gateway.
void Tab::down(std::uint16_t code) {
  timeline_.show("down",
                 [&] { return identity_.name + ' ' + identity_.device + ' ' + std::to_string(code); });
  if (wire_) wire_->hang_up();
  wire_.reset();
  ready_ = false;
  const auto attempt = ++attempts_;
  for (auto& [conversation, log] : logs_) {
    log.repeating = false;
    for (const auto seq : log.beyond) owner_.on_forgot(*this, conversation, seq);
    log.beyond.clear();
    for (auto& post : log.unacknowledged) post.in_flight = false;
  }
  for (auto& [ref, reply] : std::exchange(waiting_, {}))
    if (reply) reply(nullptr);
  if (code >= 4500 || code == 4004) {
    wanted_ = false;
    return owner_.on_stopped(*this, code);
  }
  if (!wanted_) return;
  const Micros most = std::min<Micros>(30 * second, (second / 2) << std::min(tries_++, 6u));
  later(random_.between(0, most), [this, attempt] {
    if (wanted_ && attempt == attempts_) dial();
  });
}

// W25: a client that hears nothing for two heartbeats reconnects.
void Tab::watch() {
  const auto attempt = attempts_;
  later(heartbeat_, [this, attempt] {
    if (attempt != attempts_ || !ready_) return;
    if (now() - heard_at_ >= 2 * heartbeat_) return down(net::close_code::abnormal);
    request(Heartbeat{});
    watch();
  });
}

// ---------------------------------------------------------------- out

void Tab::write(net::Opcode opcode, std::string_view payload) {
  std::string octets;
  const auto mask = static_cast<std::uint32_t>(random_.next());
  net::append_client_frame(octets, opcode, payload,
                           {static_cast<unsigned char>(mask), static_cast<unsigned char>(mask >> 8),
                            static_cast<unsigned char>(mask >> 16), static_cast<unsigned char>(mask >> 24)});
  wire_->send(std::move(octets));
}

std::uint32_t Tab::send(decltype(ClientFrame::body) body, Reply reply) {
  const auto ref = ++last_ref_;
  waiting_.emplace(ref, std::move(reply));
  const ClientFrame frame{ref, std::move(body)};
  timeline_.show((identity_.device + " sends").c_str(),
                 [&] { return identity_.name + ' ' + encode(Encoding::json, frame); });
  write(encoding_ == Encoding::json ? net::Opcode::text : net::Opcode::binary, encode(encoding_, frame));
  return ref;
}

bool Tab::request(decltype(ClientFrame::body) body, Reply reply) {
  if (!ready_) return false;
  send(std::move(body), std::move(reply));
  return true;
}

void Tab::say_hello() {
  Hello hello;
  hello.shop = identity_.shop;
  hello.token = identity_.token;
  hello.device = identity_.device;
  hello.name = identity_.name;
  hello.language = "en";
  for (const auto& [conversation, log] : logs_)
    if (log.followed && hello.positions.size() < positions_most)
      hello.positions.push_back({conversation, log.epoch, log.seq});
  send(std::move(hello), [this](const ServerFrame* reply) {
    if (!reply) return;
    if (const auto* welcome = std::get_if<Welcome>(&reply->body)) return take(*welcome);
    const auto* error = std::get_if<Error>(&reply->body);
    const auto attempt = attempts_;
    const auto pause = static_cast<Micros>(error ? std::max(error->retry_after_ms, 200u) : 200u) * ms;
    later(pause, [this, attempt] {
      if (attempt == attempts_ && wire_ && !ready_) say_hello();
    });
  });
}

void Tab::take(const Welcome& welcome) {
  ready_ = true;
  tries_ = 0;
  ++connections_;
  if (!welcome.token.empty()) identity_.token = welcome.token;
  heartbeat_ = static_cast<Micros>(welcome.heartbeat_ms) * ms;
  for (const auto& conversation : welcome.conversations)
    note_last_number(conversation.id, conversation.your_last_number);
  watch();
  owner_.on_welcome(*this, welcome);
  for (auto& [conversation, log] : logs_) send_unacknowledged(log);
}

void Tab::note_last_number(const std::string& conversation, std::uint32_t number) {
  auto& log = logs_[conversation];
  if (log.unacknowledged.empty()) log.last_number = std::max(log.last_number, number);
}

void Tab::post(const std::string& conversation, std::uint32_t fence, std::string text) {
  Log& log = logs_[conversation];
  log.unacknowledged.push_back(
      {conversation, random_.word(22), ++log.last_number, fence, std::move(text), false});
  owner_.on_sent(*this, log.unacknowledged.back());
  if (ready_ && !log.repeating) send_post(log.unacknowledged.back());
}

void Tab::send_post(Posted& post) {
  post.in_flight = true;
  send(Post{post.conversation, post.client_id, post.number, post.fence, {post.text}},
       [this, copy = post](const ServerFrame* reply) { answered(copy, false, reply); });
}

void Tab::send_unacknowledged(Log& log) {
  log.repeating = false;
  for (auto& post : log.unacknowledged)
    if (!post.in_flight) send_post(post);
}

bool Tab::repeat(const std::string& conversation) {
  const auto found = logs_.find(conversation);
  if (!ready_ || found == logs_.end() || !found->second.last_acknowledged) return false;
  const Posted post = *found->second.last_acknowledged;
  send(Post{post.conversation, post.client_id, post.number, post.fence, {post.text}},
       [this, post](const ServerFrame* reply) { answered(post, true, reply); });
  return true;
}

// ---------------------------------------------------------------- in

void Tab::heard(std::string octets) {
  heard_at_ = now();
  const auto attempt = attempts_;
  std::span<char> left(octets);
  while (!left.empty() && attempt == attempts_ && wire_) {
    const auto parsed = parser_.next(left);
    left = left.subspan(parsed.consumed);
    switch (parsed.kind) {
      case net::Parsed::Kind::text:
      case net::Parsed::Kind::binary:
        message(parsed.payload);
        break;
      case net::Parsed::Kind::ping:
        write(net::Opcode::pong, parsed.payload);
        break;
      case net::Parsed::Kind::close:
        return down(parsed.code);
      case net::Parsed::Kind::error:
        throw std::runtime_error("a gateway broke RFC 6455: " + std::string(parsed.payload));
      default:
        break;
    }
  }
}

void Tab::message(std::string_view payload) {
  const auto frame = decode_server(encoding_, payload);
  if (!frame) throw std::runtime_error("a frame of a gateway cannot be decoded");
  timeline_.show((identity_.device + " gets").c_str(),
                 [&] { return identity_.name + ' ' + encode(Encoding::json, *frame); });
  if (const auto* entries = std::get_if<Entries>(&frame->body)) return take(*entries);
  if (frame->ref != 0) {
    const auto found = waiting_.find(frame->ref);
    if (found == waiting_.end()) throw std::runtime_error("a second reply to one request (W4)");
    const auto reply = std::move(found->second);
    waiting_.erase(found);
    return reply ? reply(&*frame) : void();
  }
  if (const auto* reset = std::get_if<Reset>(&frame->body)) return take(*reset);
  if (const auto* reconnect = std::get_if<Reconnect>(&frame->body)) {
    const auto attempt = attempts_;
    return later(static_cast<Micros>(reconnect->after_ms) * ms, [this, attempt] {
      if (attempt == attempts_) down(net::close_code::restarting);
    });
  }
  owner_.on_push(*this, *frame);
}

void Tab::unfollow(const std::string& conversation) {
  if (const auto found = logs_.find(conversation); found != logs_.end()) found->second.followed = false;
}

void Tab::take(const Entries& entries) {
  logs_[entries.conversation].followed = true;
  for (const auto& entry : entries.entries) {
    hold(logs_[entries.conversation], entries.epoch, entry.seq);
    owner_.on_entry(*this, entries.conversation, entries.epoch, entry);
  }
}

void Tab::take(const Reset& reset) {
  Log& log = logs_[reset.conversation];
  log.epoch = reset.epoch;
  log.seq = 0;
  log.beyond.clear();
}

void Tab::hold(Log& log, std::uint32_t epoch, std::uint32_t seq) {
  log.epoch = epoch;
  if (seq <= log.seq) return;
  log.beyond.insert(seq);
  while (!log.beyond.empty() && *log.beyond.begin() == log.seq + 1) {
    log.beyond.erase(log.beyond.begin());
    ++log.seq;
  }
}

// ---------------------------------------------------------------- answers to posts

void Tab::answered(const Posted& post, bool repeat, const ServerFrame* reply) {
  if (!reply) return;
  const auto found = logs_.find(post.conversation);
  if (const auto* ack = std::get_if<Ack>(&reply->body)) {
    if (found != logs_.end()) {
      Log& log = found->second;
      hold(log, ack->epoch, ack->seq);
      std::erase_if(log.unacknowledged, [&](const Posted& mine) { return mine.client_id == post.client_id; });
      if (!repeat) log.last_acknowledged = post;
      // One that was sent before it may have got TRY_AGAIN and have waited for this answer.
      if (log.repeating) repeat_when_quiet(post.conversation, 0);
    }
    return owner_.on_ack(*this, post, *ack, repeat);
  }
  const auto* error = std::get_if<Error>(&reply->body);
  if (!error || repeat || found == logs_.end()) return;
  for (auto& mine : found->second.unacknowledged)
    if (mine.client_id == post.client_id) mine.in_flight = false;
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

// A definite no: every later number would be a gap, so the rest moves up by one.
void Tab::refused(const Posted& post, const Error& error) {
  if (const auto found = logs_.find(post.conversation); found != logs_.end()) {
    Log& log = found->second;
    std::erase_if(log.unacknowledged, [&](const Posted& mine) { return mine.client_id == post.client_id; });
    std::uint32_t number = post.number;
    for (auto& mine : log.unacknowledged)
      if (mine.number > post.number) mine.number = number++;
    log.last_number = log.unacknowledged.empty() ? post.number - 1 : log.unacknowledged.back().number;
    if (log.repeating) repeat_when_quiet(post.conversation, 0);
  }
  owner_.on_refused(*this, post, error);
}

// All that is under way must be answered first, or the repeats would overtake it.
void Tab::repeat_when_quiet(const std::string& conversation, std::uint32_t after_ms) {
  Log& log = logs_[conversation];
  log.repeating = true;
  if (std::ranges::any_of(log.unacknowledged, &Posted::in_flight)) return;
  const auto attempt = attempts_;
  later(static_cast<Micros>(std::max(after_ms, 10u)) * ms, [this, conversation, attempt] {
    if (!ready_ || attempt != attempts_) return;
    if (const auto found = logs_.find(conversation); found != logs_.end()) send_unacknowledged(found->second);
  });
}

std::size_t Tab::unacknowledged(const std::string& conversation) const {
  const auto found = logs_.find(conversation);
  return found == logs_.end() ? 0 : found->second.unacknowledged.size();
}

std::size_t Tab::unacknowledged() const {
  std::size_t count = 0;
  for (const auto& [conversation, log] : logs_) count += log.unacknowledged.size();
  return count;
}

std::uint32_t Tab::position(const std::string& conversation) const {
  const auto found = logs_.find(conversation);
  return found == logs_.end() ? 0 : found->second.seq;
}

}  // namespace switchboard::sim
