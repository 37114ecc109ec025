// One client of the wire: a browser's tab that keeps the contract of proto/README.md over any number of
// connections. It speaks real frames, sends what its logs (bench/load/client_log.hpp) say, and knows nothing
// of the simulation but its clock and its wires.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "bench/load/client_log.hpp"
#include "proto/codec.hpp"
#include "server/net/frame.hpp"
#include "tests/sim/stream.hpp"

namespace switchboard::sim {

struct Identity {
  std::string shop, token, device, name;
};

using load::ClientLog;
using load::Posted;

class Tab {
 public:
  // What its owner hears; the owner may ask anything of the tab inside.
  class Owner {
   public:
    virtual void on_welcome(Tab&, const proto::Welcome&) {}
    virtual void on_push(Tab&, const proto::ServerFrame&) {}
    virtual void on_sent(Tab&, const Posted&) {}
    virtual void on_entry(Tab&, const std::string&, std::uint32_t /*epoch*/, const proto::Entry&) {}
    virtual void on_ack(Tab&, const Posted&, const proto::Ack&, bool /*repeat*/) {}
    virtual void on_refused(Tab&, const Posted&, const proto::Error&) {}
    // What was held beyond a gap is forgotten with the connection.
    virtual void on_forgot(Tab&, const std::string&, std::uint32_t /*seq*/) {}
    virtual void on_stopped(Tab&, std::uint16_t) {}

   protected:
    ~Owner() = default;
  };
  // The reply, or nullptr: the connection ended first and the outcome is unknown.
  using Reply = std::function<void(const proto::ServerFrame*)>;
  // Reaches some gateway, later: a wire or null. The ears are the tab's.
  using Dial =
      std::function<void(std::string subprotocol, Wire::Ears, std::function<void(std::shared_ptr<Wire>)>)>;

  Tab(Timeline&, Random, Identity, proto::Encoding, Dial, Owner&);
  ~Tab();
  Tab(const Tab&) = delete;
  Tab& operator=(const Tab&) = delete;

  void open();   // connects, and again for ever
  void close();  // goes without a word and stays away
  // The line is lost; the tab notices at once, or only when nothing is heard any more.
  void lose_line(bool noticed);
  void stop_reading(Micros time);

  bool ready() const { return ready_; }
  const Identity& identity() const { return identity_; }
  std::uint64_t connections() const { return connections_; }

  // A request other than hello and post. False if there is no connection.
  bool request(decltype(proto::ClientFrame::body) body, Reply reply = nullptr);
  // Kept and repeated until it is acknowledged or refused.
  void post(const std::string& conversation, std::uint32_t fence, std::string text);
  // Sends a message that was acknowledged once more (W15).
  bool repeat(const std::string& conversation);
  std::size_t unacknowledged(const std::string& conversation) const {
    return logs_.unacknowledged(conversation);
  }
  std::size_t unacknowledged() const { return logs_.unacknowledged(); }  // in all conversations
  std::uint32_t position(const std::string& conversation) const { return logs_.position(conversation); }
  // A conversation that is over or has moved on is not named in hellos any more.
  void unfollow(const std::string& conversation);
  void note_last_number(const std::string& conversation, std::uint32_t number) {
    logs_.of(conversation).know_last_number(number);
  }

 private:
  void dial();
  void dialled(std::uint64_t attempt, std::shared_ptr<Wire>);
  void heard(std::string octets);
  void message(std::string_view payload);
  void down(std::uint16_t code);
  void watch();
  std::uint32_t send(decltype(proto::ClientFrame::body) body, Reply reply);
  void write(net::Opcode, std::string_view payload);
  void say_hello();
  void send_post(const Posted&, bool repeat);
  void send_posts(ClientLog&);
  void answered(const Posted&, bool repeat, const proto::ServerFrame*);
  void repeat_later(const std::string& conversation);
  void take(const proto::Entries&);
  void take(const proto::Reset&);
  void take(const proto::Welcome&);
  void later(Micros delay, std::function<void()> action);

  Timeline& timeline_;
  Random random_;
  Identity identity_;
  const proto::Encoding encoding_;
  const Dial dial_;
  Owner& owner_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::shared_ptr<Wire> wire_;
  net::FrameParser parser_{net::Role::client};
  std::map<std::uint32_t, Reply> waiting_;  // by ref
  load::ClientLogs logs_;
  std::uint32_t last_ref_ = 0;
  std::uint64_t attempts_ = 0;
  std::uint64_t connections_ = 0;
  unsigned tries_ = 0;
  Micros heard_at_ = 0;
  Micros heartbeat_ = 20 * second;
  bool wanted_ = false;
  bool ready_ = false;
};

}  // namespace switchboard::sim
