#include "tests/support/test_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <random>
#include <thread>

namespace switchboard::test {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;

bool wait_for(asio::io_context& io, const std::function<bool()>& holds, std::chrono::milliseconds within) {
  const auto until = std::chrono::steady_clock::now() + within;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    if (io.stopped()) io.restart();
    if (io.run_one_for(std::chrono::milliseconds(5)) == 0 && io.stopped()) {
      // Nobody is connected: the predicate watches something else.
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  return true;
}

void let_pass(asio::io_context& io, std::chrono::milliseconds time) {
  wait_for(
      io, [] { return false; }, time);
}

std::string fresh_word() {
  static std::mt19937_64 random{std::random_device{}()};
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  std::string word(22, ' ');
  for (auto& c : word) c = letters[random() % 64];
  return word;
}

std::uint32_t HeldLog::position() const {
  std::uint32_t seq = 0;
  while (entries.contains(seq + 1) || acknowledged.contains(seq + 1)) ++seq;
  return seq;
}

void HeldLog::forget_beyond_position() {
  const auto held = position();
  entries.erase(entries.upper_bound(held), entries.end());
  acknowledged.erase(acknowledged.upper_bound(held), acknowledged.end());
}

// ---------------------------------------------------------------- the socket

struct TestClient::Socket : std::enable_shared_from_this<Socket> {
  Socket(asio::io_context& io, TestClient& given) : owner(&given), stream(io) {}

  void connect(const ClientOptions& options) {
    auto& socket = stream.next_layer();
    socket.open(tcp::v4());
    if (options.receive_buffer > 0)
      socket.set_option(asio::socket_base::receive_buffer_size(options.receive_buffer));
    socket.connect({asio::ip::make_address("127.0.0.1"), options.port});
    socket.set_option(tcp::no_delay(true));
    stream.read_message_max(0);
    stream.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
      request.set(beast::http::field::sec_websocket_protocol,
                  std::string(options.encoding == proto::Encoding::json ? proto::subprotocol_json
                                                                        : proto::subprotocol_protobuf));
    }));
    stream.handshake("127.0.0.1:" + std::to_string(options.port), "/v1/ws");
    binary = options.encoding == proto::Encoding::protobuf;
  }

  void read() {
    reading = true;
    stream.async_read(buffer, [self = shared_from_this()](beast::error_code failed, std::size_t) {
      self->reading = false;
      if (!self->owner) return;
      if (failed) {
        const bool polite = failed == websocket::error::closed;
        return self->owner->lost(polite ? self->stream.reason().code : 1006);
      }
      const auto payload = beast::buffers_to_string(self->buffer.data());
      self->buffer.consume(self->buffer.size());
      if (self->stream.got_binary() != self->binary)
        self->owner->faults.push_back("W1: a message of the other type");
      self->owner->received(payload);
      if (self->owner && self->wanted) self->read();
    });
  }

  void write(std::string payload, bool as_binary) {
    out.emplace_back(std::move(payload), as_binary);
    if (out.size() == 1) write_first();
  }
  void write_first() {
    stream.binary(out.front().second);
    stream.async_write(asio::buffer(out.front().first),
                       [self = shared_from_this()](beast::error_code failed, std::size_t) {
                         self->out.pop_front();
                         if (!failed && !self->out.empty()) self->write_first();
                       });
  }

  void cut() {
    owner = nullptr;
    beast::error_code ignored;
    stream.next_layer().close(ignored);
  }

  TestClient* owner;  // null when it has turned away
  websocket::stream<tcp::socket> stream;
  beast::flat_buffer buffer;
  std::deque<std::pair<std::string, bool>> out;
  bool binary = false;
  bool reading = false;
  bool wanted = true;
};

// ---------------------------------------------------------------- the line

TestClient::TestClient(asio::io_context& io, Identity given) : identity(std::move(given)), io_(io) {
  if (identity.device.empty()) identity.device = fresh_word();
}

TestClient::~TestClient() {
  if (socket_) socket_->cut();
}

void TestClient::connect(const ClientOptions& options) {
  if (socket_) socket_->cut();
  encoding_ = options.encoding;
  socket_ = std::make_shared<Socket>(io_, *this);
  replies_.clear();
  delivered_.clear();
  pushes_.clear();
  close_code_.reset();
  welcomed_ = false;
  for (auto& [conversation, log] : logs) log.forget_beyond_position();
  socket_->connect(options);
  socket_->read();
}

void TestClient::cut() {
  socket_->cut();
  close_code_ = 1006;
}

void TestClient::close(std::uint16_t code) {
  socket_->stream.async_close(websocket::close_code(code), [socket = socket_](beast::error_code) {});
}

void TestClient::stop_reading() {
  socket_->wanted = false;
}

void TestClient::resume_reading() {
  socket_->wanted = true;
  if (!socket_->reading) socket_->read();
}

void TestClient::lost(std::uint16_t code) {
  close_code_ = code;
}

std::uint16_t TestClient::wait_closed() {
  if (!wait_for(io_, [this] { return ended(); }))
    throw std::runtime_error(identity.device + ": was not closed; " + last_frames());
  return *close_code_;
}

// ---------------------------------------------------------------- asking

proto::Hello TestClient::hello_frame() const {
  proto::Hello hello{.shop = identity.shop,
                     .token = identity.token,
                     .device = identity.device,
                     .name = identity.name,
                     .language = identity.language,
                     .client = "e2e/1"};
  for (const auto& [conversation, log] : logs)
    if (log.position() > 0 && hello.positions.size() < 16)
      hello.positions.push_back({conversation, log.epoch, log.position()});
  return hello;
}

const proto::Welcome& TestClient::hello() {
  welcome = get<proto::Welcome>(hello_frame());
  if (!welcome.token.empty()) identity.token = welcome.token;
  return welcome;
}

std::uint32_t TestClient::send(Body body) {
  const auto ref = ++last_ref_;
  replies_[ref] = std::nullopt;
  socket_->write(proto::encode(encoding_, proto::ClientFrame{ref, std::move(body)}),
                 encoding_ == proto::Encoding::protobuf);
  return ref;
}

void TestClient::send_text(std::string payload) {
  socket_->write(std::move(payload), false);
}
void TestClient::send_binary(std::string payload) {
  socket_->write(std::move(payload), true);
}

proto::ServerFrame TestClient::reply(std::uint32_t ref) {
  wait_for(io_, [&] { return replies_[ref].has_value() || ended(); });
  if (!replies_[ref])
    throw std::runtime_error(identity.device + ": no reply to request " + std::to_string(ref) + "; " +
                             last_frames());
  return *replies_[ref];
}

const proto::ServerFrame* TestClient::answer(std::uint32_t ref) const {
  const auto found = replies_.find(ref);
  return found != replies_.end() && found->second ? &*found->second : nullptr;
}

proto::Conversation TestClient::open(std::string skill, proto::Wish wish) {
  return get<proto::Conversation>(proto::OpenConversation{std::move(skill), std::move(wish)});
}

proto::Post TestClient::next_post(const std::string& conversation, std::string text, std::uint32_t fence) {
  return {conversation, fresh_word(), ++logs[conversation].last_number, fence, {std::move(text)}};
}

proto::Ack TestClient::say(const std::string& conversation, std::string text, std::uint32_t fence) {
  return get<proto::Ack>(next_post(conversation, std::move(text), fence));
}

// ---------------------------------------------------------------- what comes

void TestClient::received(const std::string& payload) {
  octets += payload;
  octets += '\n';
  auto decoded = proto::decode_server(encoding_, payload);
  if (!decoded) {
    faults.push_back("a frame that cannot be decoded");
    return;
  }
  frames.push_back(*decoded);
  if (const auto* ack = std::get_if<proto::Ack>(&decoded->body)) {
    acks[decoded->ref] = *ack;
    take_in(*ack);
  }
  if (const auto* entries = std::get_if<proto::Entries>(&decoded->body)) take_in(*entries);
  if (const auto* reset = std::get_if<proto::Reset>(&decoded->body)) {
    const auto last_number = logs[reset->conversation].last_number;  // what she posted she still holds (W20)
    logs[reset->conversation] = {};
    logs[reset->conversation].last_number = last_number;
    delivered_.erase(reset->conversation);
  }
  if (std::holds_alternative<proto::Welcome>(decoded->body)) welcomed_ = true;
  if (decoded->ref == 0) {
    if (!welcomed_) faults.push_back("W13: a push before the welcome: " + shown(*decoded));
    pushes_.push_back(std::move(decoded->body));
    return;
  }
  const auto asked = replies_.find(decoded->ref);
  if (asked == replies_.end())
    faults.push_back("W4: a reply to nothing asked: " + shown(*decoded));
  else if (asked->second)
    faults.push_back("W4: a second reply: " + shown(*decoded));
  else
    asked->second = std::move(*decoded);
}

void TestClient::take_in(const proto::Entries& frame) {
  auto& log = logs[frame.conversation];
  log.epoch = frame.epoch;
  auto& last = delivered_[frame.conversation];
  for (const auto& entry : frame.entries) {
    const auto where = frame.conversation + " " + std::to_string(entry.seq);
    if (entry.seq <= last) faults.push_back("W18: entries do not rise at " + where);
    last = std::max(last, entry.seq);
    if (const auto held = log.entries.find(entry.seq); held != log.entries.end())
      faults.push_back((held->second.client_id == entry.client_id
                            ? "W19: held before and sent again: "
                            : "M3: another entry at a seq that is held: ") +
                       where);
    if (const auto mine = log.acknowledged.find(entry.seq); mine != log.acknowledged.end())
      faults.push_back((mine->second == entry.client_id
                            ? "W17: an echo of what was acknowledged: "
                            : "M3: another entry at a seq that was acknowledged: ") +
                       where);
    log.entries[entry.seq] = entry;
  }
}

void TestClient::take_in(const proto::Ack& ack) {
  auto& log = logs[ack.conversation];
  log.epoch = ack.epoch;
  const auto [held, fresh] = log.acknowledged.emplace(ack.seq, ack.client_id);
  if (held->second != ack.client_id) faults.push_back("M3: two messages acknowledged with one seq");
  const auto entry = log.entries.find(ack.seq);
  if (entry != log.entries.end() && entry->second.client_id != ack.client_id)
    faults.push_back("M3: acknowledged with the seq of another entry");
  if (entry != log.entries.end() && !ack.duplicate) faults.push_back("W17: an echo before the ack");
}

proto::Entry TestClient::entry(const std::string& conversation,
                               const std::function<bool(const proto::Entry&)>& fits) {
  const proto::Entry* found = nullptr;
  const auto look = [&] {
    for (const auto& [seq, entry] : logs[conversation].entries)
      if (fits(entry)) found = &entry;
    return found != nullptr || ended();
  };
  if (!wait_for(io_, look) || !found)
    throw std::runtime_error(identity.device + ": an entry did not come; " + last_frames());
  return *found;
}

proto::Entry TestClient::text(const std::string& conversation, const std::string& text) {
  return entry(conversation, [&](const proto::Entry& e) {
    const auto* content = std::get_if<proto::Content>(&e.body);
    return content && content->text == text;
  });
}

proto::Entry TestClient::auto_reply(const std::string& conversation, proto::Trigger trigger) {
  return entry(conversation, [&](const proto::Entry& e) {
    const auto* reply = std::get_if<proto::AutoReply>(&e.body);
    return reply && reply->trigger == trigger;
  });
}

void TestClient::hold_all(const std::string& conversation, std::uint32_t head) {
  if (!wait_for(io_, [&] { return logs[conversation].position() >= head || ended(); }) ||
      logs[conversation].position() < head)
    throw std::runtime_error(identity.device + ": holds only up to " +
                             std::to_string(logs[conversation].position()) + " of " + std::to_string(head) +
                             "; " + last_frames());
}

std::string TestClient::shown(const proto::ServerFrame& frame) {
  auto text = proto::encode(proto::Encoding::json, frame);
  if (text.size() > 300) text = text.substr(0, 300) + "...";
  return text;
}

std::string TestClient::last_frames() const {
  std::string text = ended() ? "closed with " + std::to_string(*close_code_) + "; " : "";
  text += "the last frames:";
  for (std::size_t i = frames.size() > 8 ? frames.size() - 8 : 0; i < frames.size(); ++i)
    text += "\n  " + shown(frames[i]);
  return text;
}

}  // namespace switchboard::test
