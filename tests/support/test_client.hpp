// A client of the wire contract for tests: Beast's WebSocket, so that somebody else judges our frames, and
// our codec for what is in them. It remembers every frame, keeps the logs that it was told, and notes each
// breach of W4, W17 and W18 as a fault; a test that ends with faults has failed.
//
// One thread: everything runs on the test's io_context, inside the waiting calls. These throw when what they
// wait for does not come within patience(), with what came instead.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "proto/codec.hpp"
#include "proto/frames.hpp"

namespace switchboard::test {

using Body = decltype(proto::ClientFrame::body);
using Push = decltype(proto::ServerFrame::body);

// How long a test waits for what must come; only a failing test ever waits so long.
inline std::chrono::milliseconds patience() {
  return std::chrono::seconds(20);
}

// Runs `io` until `holds()`; false when patience ended first.
bool wait_for(boost::asio::io_context& io, const std::function<bool()>& holds,
              std::chrono::milliseconds within = patience());
// Lets clients read and the server work for so long.
void let_pass(boost::asio::io_context& io, std::chrono::milliseconds time);

struct ClientOptions {
  std::uint16_t port = 0;
  proto::Encoding encoding = proto::Encoding::json;
  int receive_buffer = 0;  // octets of the kernel's buffer; 0: its default
};

// Who comes back over and over: one tab.
struct Identity {
  std::string shop = "corner";
  std::string token;   // empty: a new visitor; the welcome's token then stands here
  std::string device;  // made up if empty
  std::string name;
  std::string language = "en";
};

// What a client holds of one conversation.
struct HeldLog {
  std::uint32_t epoch = 0;
  std::map<std::uint32_t, proto::Entry> entries;      // by entries frames
  std::map<std::uint32_t, std::string> acknowledged;  // seq -> client id, by acks
  std::uint32_t last_number = 0;                      // of this device
  // Highest seq up to which everything is held (W19).
  std::uint32_t position() const;
  // What is beyond comes again after a reconnect.
  void forget_beyond_position();
};

class TestClient {
 public:
  TestClient(boost::asio::io_context&, Identity);
  ~TestClient();
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  // Connects and upgrades. Throws if that is refused. Begins a new connection if there was one.
  void connect(const ClientOptions&);
  // Hello with the identity and the present positions; throws unless a welcome comes.
  const proto::Welcome& hello();
  proto::Hello hello_frame() const;

  // --- asking
  std::uint32_t send(Body);  // does not wait; returns the ref
  void send_text(std::string payload);
  void send_binary(std::string payload);
  // The reply to `ref`, waited for.
  proto::ServerFrame reply(std::uint32_t ref);
  // What has come for `ref`; null while nothing has.
  const proto::ServerFrame* answer(std::uint32_t ref) const;
  proto::ServerFrame ask(Body body) { return reply(send(std::move(body))); }
  // The reply, of this kind or it throws.
  template <class T>
  T get(Body body) {
    return expect<T>(ask(std::move(body)));
  }
  // The code of the error that answers; throws if the request was not refused.
  proto::ErrorCode refusal(Body body) { return get<proto::Error>(std::move(body)).code; }

  // --- short forms
  proto::Conversation open(std::string skill = "presale", proto::Wish wish = {});
  // The next post of this device, with a fresh client id; does not wait.
  proto::Post next_post(const std::string& conversation, std::string text, std::uint32_t fence = 0);
  proto::Ack say(const std::string& conversation, std::string text, std::uint32_t fence = 0);
  void set_status(proto::AgentStatus status) { get<proto::Done>(proto::SetStatus{status, ""}); }
  proto::Conversation accept(const proto::Offer& offer) {
    return get<proto::Conversation>(proto::AcceptOffer{offer.conversation, offer.fence});
  }
  void close_conversation(const std::string& id) { get<proto::Done>(proto::CloseConversation{id}); }

  // --- what is pushed
  // The oldest push of this kind that fits and was not taken yet: waited for, and taken.
  template <class T>
  T next(const std::function<bool(const T&)>& fits = {}) {
    std::optional<T> found;
    if (!wait_for(io_, [&] { return (found = take<T>(fits)).has_value() || ended(); }) || !found)
      throw std::runtime_error(identity.device + ": a push did not come; " + last_frames());
    return std::move(*found);
  }
  template <class T>
  std::optional<T> take(const std::function<bool(const T&)>& fits = {}) {
    for (auto push = pushes_.begin(); push != pushes_.end(); ++push) {
      const auto* body = std::get_if<T>(&*push);
      if (!body || (fits && !fits(*body))) continue;
      auto found = std::move(*body);
      pushes_.erase(push);
      return found;
    }
    return std::nullopt;
  }
  template <class T>
  std::size_t waiting() const {
    std::size_t count = 0;
    for (const auto& push : pushes_) count += std::holds_alternative<T>(push);
    return count;
  }
  void forget_pushes() { pushes_.clear(); }
  // Waits until the entry is held that fits.
  proto::Entry entry(const std::string& conversation, const std::function<bool(const proto::Entry&)>& fits);
  proto::Entry text(const std::string& conversation, const std::string& text);
  template <class T>
  proto::Entry note(const std::string& conversation) {
    return entry(conversation, [](const proto::Entry& e) { return std::holds_alternative<T>(e.body); });
  }
  proto::Entry auto_reply(const std::string& conversation, proto::Trigger);
  // Waits until everything from 1 to `head` is held, by entries and acks.
  void hold_all(const std::string& conversation, std::uint32_t head);

  // --- the line
  void cut();  // TCP ends without a word
  void close(std::uint16_t code = 1000);
  void stop_reading();
  void resume_reading();
  bool ended() const { return close_code_.has_value(); }
  // Waits for the end; 1006 when it came without a Close.
  std::uint16_t wait_closed();

  Identity identity;
  proto::Welcome welcome;
  std::map<std::string, HeldLog> logs;
  std::vector<proto::ServerFrame> frames;    // of all connections, in the order in which they came
  std::string octets;                        // the payloads of all of them
  std::map<std::uint32_t, proto::Ack> acks;  // by ref
  std::vector<std::string> faults;

  template <class T>
  T expect(proto::ServerFrame frame) const {
    if (auto* body = std::get_if<T>(&frame.body)) return std::move(*body);
    throw std::runtime_error(identity.device + ": another reply than expected: " + shown(frame));
  }
  static std::string shown(const proto::ServerFrame&);
  std::string last_frames() const;

 private:
  struct Socket;

  void received(const std::string& payload);
  void take_in(const proto::Entries&);
  void take_in(const proto::Ack&);
  void lost(std::uint16_t code);

  boost::asio::io_context& io_;
  std::shared_ptr<Socket> socket_;
  proto::Encoding encoding_ = proto::Encoding::json;
  std::uint32_t last_ref_ = 0;
  std::map<std::uint32_t, std::optional<proto::ServerFrame>> replies_;  // of this connection, by ref
  std::map<std::string, std::uint32_t> delivered_;  // of this connection: the last seq by entries frames
  std::vector<Push> pushes_;
  std::optional<std::uint16_t> close_code_;
  bool welcomed_ = false;  // on this connection
};

// 22 characters that nobody else has.
std::string fresh_word();

}  // namespace switchboard::test
