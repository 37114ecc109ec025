#include "tests/sim/tab.hpp"

#include <algorithm>

namespace switchboard::sim {

using namespace proto;

namespace {
constexpr Micros connect_limit = 10 * second;
constexpr Micros repeat_pause_least = 10 * ms;
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
    log.line_lost();
    for (const auto seq : log.forget_beyond()) owner_.on_forgot(*this, conversation, seq);
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
  hello.positions = logs_.positions();
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
  for (auto& [conversation, log] : logs_) send_posts(log);
}

void Tab::post(const std::string& conversation, std::uint32_t fence, std::string text) {
  auto& log = logs_.of(conversation);
  owner_.on_sent(*this, log.post(random_.word(22), fence, std::move(text)));
  if (ready_) send_posts(log);
}

void Tab::send_post(const Posted& post, bool repeat) {
  send(post.frame(), [this, post, repeat](const ServerFrame* reply) { answered(post, repeat, reply); });
}

void Tab::send_posts(ClientLog& log) {
  while (const auto* post = log.next_to_send()) send_post(*post, false);
}

bool Tab::repeat(const std::string& conversation) {
  const auto* log = logs_.find(conversation);
  if (!ready_ || !log || !log->last_acknowledged()) return false;
  send_post(*log->last_acknowledged(), true);
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
  if (auto* log = logs_.find(conversation)) log->unfollow();
}

void Tab::take(const Entries& entries) {
  for (const auto& entry : entries.entries) {
    logs_.of(entries.conversation).hold(entries.epoch, entry.seq);
    owner_.on_entry(*this, entries.conversation, entries.epoch, entry);
  }
}

void Tab::take(const Reset& reset) {
  logs_.of(reset.conversation).reset(reset.epoch);
  repeat_later(reset.conversation);
}

void Tab::answered(const Posted& post, bool repeat, const ServerFrame* reply) {
  if (!reply) return;
  auto& log = logs_.of(post.conversation);
  if (const auto* ack = std::get_if<Ack>(&reply->body)) {
    log.acknowledged(post, *ack, repeat);
    repeat_later(post.conversation);
    return owner_.on_ack(*this, post, *ack, repeat);
  }
  const auto* error = std::get_if<Error>(&reply->body);
  if (!error || repeat) return;
  const bool given_up = log.refused(post, *error);
  repeat_later(post.conversation);
  if (given_up) owner_.on_refused(*this, post, *error);
}

void Tab::repeat_later(const std::string& conversation) {
  const auto pause = logs_.of(conversation).repeat_after();
  if (!pause) return;
  const auto attempt = attempts_;
  later(std::max<Micros>(pause->count() * ms, repeat_pause_least), [this, conversation, attempt] {
    if (!ready_ || attempt != attempts_) return;
    auto& log = logs_.of(conversation);
    log.repeat();
    send_posts(log);
  });
}

}  // namespace switchboard::sim
