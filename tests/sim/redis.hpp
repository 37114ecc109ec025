// One Redis with an append-only file, simulated: commands are executed in turns of a loop, made durable, then
// answered. A crash goes back to a point between the last command that was made durable and the last that was
// executed; with `always` nothing that was answered lies behind it.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "tests/sim/pipe.hpp"
#include "tests/sim/redis_commands.hpp"
#include "tests/sim/redis_library.hpp"

namespace switchboard::sim {

// Whether it is a function of the library that a desk calls with the epoch of its lease as the first
// argument.
bool is_of_desk(std::string_view function);

struct RedisSettings {
  enum class Fsync { always, everysec } fsync = Fsync::always;
  Latency fsync_time{80, 800};
  // Changes the function library before it is loaded: to try what a broken one does.
  std::function<std::string(std::string)> mend_library;
  // Changes a command before it is executed: to try what a gateway does that sends others.
  std::function<void(Words&, const Data&)> mend_command;
};

class Redis {
 public:
  // The other end of a connection.
  class Peer {
   public:
    virtual ~Peer() = default;
    virtual void receive(std::string octets) = 0;
    virtual void lost() = 0;
  };
  // A connection as the peer holds it: what it sends goes in here.
  struct Accepted {
    std::uint64_t session = 0;
    std::shared_ptr<Pipe> to_redis, to_peer;
  };

  Redis(Timeline& timeline, Random random, RedisSettings settings);
  ~Redis();

  // `from`: who connects. nullopt: connection refused.
  std::optional<Accepted> accept(std::weak_ptr<Peer> peer, Latency latency, std::string from);

  // --- faults
  void crash();  // kill -9: connections break, what was not durable may be gone; nobody listens until start()
  void start(Micros loading);
  void pause();  // SIGSTOP
  void resume();
  void lose_functions();  // FUNCTION FLUSH, or a restart from a file without them
  bool running() const { return up_ && !paused_; }
  void set_fsync_time(Latency time) { fsync_time_ = time; }
  // Writes are refused with this error reply ("OOM ...", "MISCONF ..."); empty: not.
  void refuse_writes(std::string error) { refusal_ = std::move(error); }
  // Cuts one connection; `chosen` picks among those whose name contains `part`. False: there is none.
  bool cut(std::string_view part, std::uint64_t chosen);
  // The time of day is so far off from now on.
  void set_clock(Micros off) { wall_offset_ = off; }

  // --- looking in, past the network
  const Data& data() const { return data_; }
  std::set<std::string> take_changed() { return data_.take_changed(); }
  // Executes a command as if it had come from an operator; durable at once.
  Value execute(const Words& words);
  // Loads the library if there is none.
  void restore_functions(std::string text);
  std::uint64_t commands() const { return commands_; }
  std::uint64_t wall_us() const { return static_cast<std::uint64_t>(unix_epoch_us + now() + wall_offset_); }
  // Called after each turn that changed something, before anything of it is answered.
  std::function<void()> on_changed;
  // Called after each call of a function, by whomever, that changed something.
  std::function<void(const std::string& from, const Words& call)> on_call;

 private:
  struct Blocked {
    std::string key, after;
    std::size_t count = 0;
    std::uint64_t number = 0;
  };
  struct Session {
    std::weak_ptr<Peer> peer;
    std::shared_ptr<Pipe> to_peer, to_redis;
    std::string from, name;
    std::string in, out;
    bool unserved = false;  // `in` may hold a whole command
    std::set<std::string> channels;
    std::optional<Blocked> blocked;
  };

  void arrive(std::uint64_t session, std::string octets);
  void hung_up(std::uint64_t session);
  void turn_soon();
  void turn();
  void end_turn();
  void serve(std::uint64_t id, Session& session);
  std::optional<Value> answer(std::uint64_t id, Session& session, const Words& words);
  Value function_call(const Words& words);
  Value load_library(const Words& words);
  Value run(const Words& words);
  std::int64_t publish(const std::string& channel, const std::string& message);
  void read_blocking(std::uint64_t id, Session& session, const Words& words);
  void wake_blocked();
  void subscribe(std::uint64_t id, Session& session, const Words& words);
  void unsubscribe(std::uint64_t id, Session& session, const Words& words);
  void made_durable();
  void fsync_every_second();

  Timeline& timeline_;
  Random random_;
  RedisSettings settings_;
  Latency fsync_time_;
  Data data_;
  std::unique_ptr<Library> library_;
  std::map<std::uint64_t, Session> sessions_;
  std::map<std::string, std::set<std::uint64_t>> subscribers_;  // by channel
  std::vector<std::uint64_t> marks_;  // of data_, behind each command that is not durable
  std::string refusal_;
  std::uint64_t next_session_ = 1;
  std::uint64_t commands_ = 0;
  std::uint64_t blocks_ = 0;
  std::uint64_t turns_ = 0;
  std::uint64_t generation_ = 0;  // of the process: what was planned before a crash is void
  Micros wall_offset_ = 0;
  Micros loading_until_ = 0;
  bool up_ = true;
  bool paused_ = false;
  bool turning_ = false;  // a turn is under way: executed, not yet durable
  bool turn_asked_ = false;
};

}  // namespace switchboard::sim
