// A client that keeps the wire contract (proto/README.md): signs in, reconnects with full jitter and resumes,
// and sends what its logs (client_log.hpp) say. What it does not promise to notice is left to its owner and
// to the checker, who hear of every entry and every acknowledgement.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "bench/load/client_log.hpp"
#include "bench/load/socket.hpp"
#include "proto/codec.hpp"

namespace switchboard::load {

using Clock = std::chrono::steady_clock;

struct Identity {
  std::string shop;
  std::string token;
  std::string device;
  std::string name;
  std::string language = "zh";
};

// Base64url characters from the thread's seeded generator.
std::string random_word(std::mt19937_64&, std::size_t length);

class Client final : private Socket::Handler {
 public:
  // What its owner hears. All on the io thread; the owner may call anything of the client inside, but not
  // destroy it.
  class Owner {
   public:
    virtual void on_welcome(const proto::Welcome&) {}
    virtual void on_entry(const std::string& /*conversation*/, std::uint32_t /*epoch*/, const proto::Entry&) {
    }
    // `repeat`: the answer to repeat(), of a message that had been acknowledged before.
    virtual void on_ack(const Posted&, const proto::Ack&, bool /*repeat*/) {}
    // Definitely not done, and given up.
    virtual void on_refused(const Posted&, const proto::Error&) {}
    // All that follows of this conversation is of another timeline. `offered`: what had been acknowledged on
    // the old one and is posted once more.
    virtual void on_reset(const proto::Reset&, const std::vector<Posted>& /*offered*/) {}
    // Every other push: state, queue, offer ...
    virtual void on_push(const proto::ServerFrame&) {}
    virtual void on_down(std::uint16_t /*code*/, std::string_view /*reason*/) {}
    // Every message as it came, before it is taken apart.
    virtual void on_octets(std::string_view) {}

   protected:
    ~Owner() = default;
  };
  // The reply, or nullptr: the connection ended first and the outcome is unknown.
  using Reply = std::function<void(const proto::ServerFrame*)>;

  Client(Wire&, Target, Identity, Owner&);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void start();
  // Ends the connection and stays away. `politely`: with the closing handshake.
  void stop(bool politely);
  // Loses the line as a phone does, and comes back after W26's delay (or `after`, if given).
  void lose_line(std::optional<std::chrono::milliseconds> after = std::nullopt);

  bool ready() const { return ready_; }  // welcomed
  const Identity& identity() const { return identity_; }
  std::uint64_t connections() const { return connections_; }

  // A request other than hello and post. False and no call of `reply` if there is no connection.
  bool request(decltype(proto::ClientFrame::body) body, Reply reply);
  // Stored and repeated until acknowledged or refused, over any number of connections. Its client id; nothing
  // has been sent yet when this returns.
  std::string post(const std::string& conversation, std::uint32_t fence, std::string text,
                   Clock::time_point due = Clock::now());
  // Sends the last acknowledged message of the conversation once more (W15). False if there is none.
  bool repeat(const std::string& conversation);
  std::size_t unacknowledged(const std::string& conversation) const {
    return logs_.unacknowledged(conversation);
  }
  std::size_t unacknowledged() const { return logs_.unacknowledged(); }  // in all conversations
  // The highest seq up to which everything is held (W19).
  std::uint32_t position(const std::string& conversation) const { return logs_.position(conversation); }
  // Conversations in which something is held above the position: it may come again after the line broke.
  std::vector<std::string> with_gaps() const;
  // Requests of this connection that have had no reply for so long.
  std::size_t unanswered_for(std::chrono::milliseconds) const;
  // Forget what is held of a conversation that is over.
  void forget(const std::string& conversation) { logs_.forget(conversation); }
  // Keeps what is acknowledged from now on and posts it again after a reset (W20). For runs of less than ten
  // minutes.
  void offer_again() { logs_.offer_again = true; }

  // Reconnecting: the base of W26's delay (0.5 s); tests and sped-up days shrink it.
  std::chrono::milliseconds retry_base{500};
  std::chrono::milliseconds retry_max{30'000};
  // 0: none. Set from the welcome, unless `heartbeats` is false (a bench with 10,000 idle clients may spare
  // itself).
  bool heartbeats = true;
  // Nothing came for so long while something was awaited (a welcome, the reply to a heartbeat): the line
  // counts as lost (W25). Once welcomed it is two heartbeats if that is longer.
  std::chrono::milliseconds silence_max{30'000};
  // Where to connect, asked before each try; empty: always to the target it was made with.
  std::function<Target()> choose_target;

 private:
  void connect();
  void reconnect_later(std::optional<std::chrono::milliseconds> after);
  void down();
  void say_hello();
  void on_open() override;
  void on_message(std::string_view) override;
  void on_end(std::uint16_t, std::string_view) override;

  std::uint32_t send(decltype(proto::ClientFrame::body) body, Reply reply);
  void send_post(const Posted&, bool repeat);
  void send_posts(ClientLog&);
  void answered(const Posted&, bool repeat, const proto::ServerFrame*);
  void repeat_later(const std::string& conversation);
  void take(const proto::Entries&);
  void take(const proto::Reset&);
  void beat();
  void watch_silence();

  Wire& wire_;
  const Target target_;
  Identity identity_;
  Owner& owner_;
  std::shared_ptr<Socket> socket_;
  boost::asio::steady_timer retry_;
  boost::asio::steady_timer heartbeat_;
  boost::asio::steady_timer silence_;
  Clock::time_point heard_at_;
  std::chrono::milliseconds heartbeat_every_{0};
  struct Waiting {
    Reply reply;
    Clock::time_point since;
  };
  std::unordered_map<std::uint32_t, Waiting> waiting_;  // by ref
  ClientLogs logs_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::uint32_t last_ref_ = 0;
  std::uint64_t connections_ = 0;
  unsigned tries_ = 0;
  bool wanted_ = false;
  bool ready_ = false;
};

}  // namespace switchboard::load
