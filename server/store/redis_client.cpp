#include "server/store/redis_client.hpp"

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>

#include "server/base/pause.hpp"
#include "server/store/redis_connection.hpp"
#include "server/store/redis_master_finder.hpp"
#include "server/store/redis_trouble.hpp"

namespace switchboard::store {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using Instant = std::chrono::steady_clock::time_point;

// The client's insides, held by its coroutines too: they end a turn of the loop after `stop`.
class RedisClient::Line : public std::enable_shared_from_this<RedisClient::Line> {
 public:
  Line(asio::any_io_executor executor, RedisOptions options, Random random, Report report, Prepare prepare)
      : executor_(std::move(executor)),
        options_(std::move(options)),
        random_(std::move(random)),
        report_(std::move(report)),
        prepare_(std::move(prepare)),
        trouble_(options_, "Redis", report_),
        finder_(std::make_shared<MasterFinder>(executor_, options_, random_)),
        pause_(executor_),
        tick_(executor_) {}

  void start(RedisClient& client) {
    asio::co_spawn(executor_, live(shared_from_this(), client), asio::detached);
    asio::co_spawn(executor_, watch(shared_from_this()), asio::detached);
  }

  void stop() {
    if (stopped_) return;
    stopped_ = true;
    pause_.cancel();
    tick_.cancel();
    if (connection_) connection_->close("stopped");
    fail_all();
  }

  void send(std::string octets, Handler handler, milliseconds extra, bool early, bool confirmed = false) {
    if (stopped_ || !connection_ || connection_->closed() || !(ready || early))
      return refuse_later(executor_, std::move(handler), Refusal::unavailable);
    if (taken(*options_.in_flight) >= options_.in_flight_max ||
        taken(*options_.in_flight_octets) + octets.size() > options_.in_flight_octets_max)
      return refuse_later(executor_, std::move(handler), Refusal::busy);
    const Instant now = std::chrono::steady_clock::now();
    if (ready) away_since_ = std::min(away_since_, now);
    confirmed = confirmed && options_.confirm_replicas > 0;
    wait_for_answer({std::move(handler), now + options_.command_timeout + extra, octets.size(), confirmed});
    if (confirmed) confirm_soon();
    connection_->write(octets);
  }

  std::size_t room() const noexcept {
    if (!ready) return options_.in_flight_max;
    const auto most = options_.in_flight_max - options_.in_flight_max / 8;
    const auto most_octets = options_.in_flight_octets_max - options_.in_flight_octets_max / 8;
    const auto now = taken(*options_.in_flight);
    return now >= most || taken(*options_.in_flight_octets) >= most_octets ? 0 : most - now;
  }

  milliseconds away_for() const noexcept {
    if (away_since_ == Instant::max()) return {};
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - away_since_);
  }

  bool ready = false;
  std::uint64_t connections = 0;
  const RedisOptions& options() const noexcept { return options_; }

 private:
  struct Waiting {
    Handler handler;
    Instant deadline;
    std::size_t octets;
    bool confirmed = false;  // to be answered only when replicas have it
  };
  // Answered by Redis, in the order of the calls, and held until the WAIT behind it is answered.
  struct Unconfirmed {
    Handler handler;
    Reply reply;
    bool confirmed;
  };

  // The life of the line: connect, greet, prepare, answer until it is lost, pause, again.
  static asio::awaitable<void> live(std::shared_ptr<Line> self, RedisClient& client) {
    for (unsigned attempt = 0; !self->stopped_;) {
      const auto where = co_await self->finder_->find();
      if (self->stopped_) co_return;
      const auto connection = make_connection(self->options_, self->executor_);
      self->connection_ = connection;
      self->connect_deadline_ = std::chrono::steady_clock::now() + self->options_.connect_timeout;
      std::string why = where ? "" : where.error();
      if (where) why = co_await connection->connect(*where);
      self->connect_deadline_ = Instant::max();
      if (why.empty() && !self->stopped_) {
        asio::co_spawn(self->executor_, prepare(self, connection, client), asio::detached);
        why = co_await connection->read([&self](Reply reply) { self->answer(std::move(reply)); });
        if (self->ready) attempt = 0;
      }
      connection->close(why);
      self->ready = false;
      self->away_since_ = std::min(self->away_since_, std::chrono::steady_clock::now());
      self->fail_all();
      if (self->stopped_) co_return;
      self->trouble_.tell(why);
      co_await pause(self->pause_, backoff(self->options_, attempt++, self->random_));
    }
  }

  static asio::awaitable<void> prepare(std::shared_ptr<Line> self,
                                       std::shared_ptr<RedisConnection> connection, RedisClient& client) {
    std::string octets;
    const unsigned replies = greet(self->options_, octets);
    std::string why;
    for (unsigned i = 0; i < replies; ++i)
      self->expect([&why](Answer<Reply> answer) {
        if (answer && why.empty()) why = refusal_of_greeting(answer->view());
      });
    connection->write(octets);
    // The last of the greeting is PING; one more command waits for all of them.
    const Answer<Reply> last = co_await self->ask(Command("PING").octets(), {}, true);
    if (!last || connection->closed()) co_return;
    if (why.empty() && self->prepare_) why = co_await self->prepare_(client);
    if (connection->closed()) co_return;
    if (!why.empty()) co_return connection->close(why);
    self->ready = true;
    self->away_since_ = Instant::max();
    ++self->connections;
    self->trouble_.is_over();
    self->report_(Severity::info, self->options_.name + ": connected to " + self->finder_->shown());
  }

  // Gives up a connection whose oldest command, or whose connect, is overdue; asks for a sign of life when
  // idle.
  static asio::awaitable<void> watch(std::shared_ptr<Line> self) {
    Instant ping_due = std::chrono::steady_clock::now();
    while (!self->stopped_) {
      co_await pause(self->tick_, watch_every(self->options_));
      const Instant now = std::chrono::steady_clock::now();
      if (!self->connection_ || self->connection_->closed()) continue;
      if (now >= self->connect_deadline_) {
        self->connection_->close("no connection within the limit");
      } else if (!self->waiting_.empty() && now >= self->waiting_.front().deadline) {
        self->connection_->close("no answer within the limit");
      } else if (self->ready && self->waiting_.empty() && now >= ping_due) {
        ping_due = now + self->options_.ping_every;
        self->send(
            Command("PING").octets(), [](Answer<Reply>) {}, {}, true);
      }
      if (self->ready) self->finder_->look_after(self->connection_);
    }
  }

 public:
  Task<Answer<Reply>> ask(std::string octets, milliseconds extra, bool early) {
    return asio::async_initiate<const asio::use_awaitable_t<>&, void(Answer<Reply>)>(
        [self = shared_from_this(), extra, early](auto handler, std::string command) {
          self->send(std::move(command), Handler(std::move(handler)), extra, early);
        },
        asio::use_awaitable, std::move(octets));
  }

 private:
  void expect(Handler handler) {
    wait_for_answer({std::move(handler), std::chrono::steady_clock::now() + options_.command_timeout, 0});
  }

  static std::size_t taken(const Gauge& gauge) noexcept {
    return static_cast<std::size_t>(std::max<std::int64_t>(gauge.value(), 0));
  }

  void wait_for_answer(Waiting one) {
    options_.in_flight->add(1);
    options_.in_flight_octets->add(static_cast<std::int64_t>(one.octets));
    waiting_.push_back(std::move(one));
  }
  void waits_no_more(const Waiting& one) {
    options_.in_flight->add(-1);
    options_.in_flight_octets->add(-static_cast<std::int64_t>(one.octets));
  }

  void answer(Reply reply) {
    if (waiting_.empty()) return connection_->close("a reply that nobody asked for");
    Waiting first = std::move(waiting_.front());
    waiting_.pop_front();
    waits_no_more(first);
    if (ready) away_since_ = waiting_.empty() ? Instant::max() : std::chrono::steady_clock::now();
    if (!first.handler) return confirmed(reply.view());
    const bool demoted = reply.view().is_error() && is_demoted(reply.view().text());
    if (first.confirmed || !unconfirmed_.empty()) {
      unconfirmed_.push_back({std::move(first.handler), std::move(reply), first.confirmed});
    } else {
      std::move(first.handler)(Answer<Reply>(std::move(reply)));
    }
    if (demoted && connection_ && ready) connection_->close("it is no master any more");
  }

  // The WAIT leaves in the same write as the commands of this turn of the loop; while one is under way the
  // next one is not sent, for Redis would not read on before it has answered the first.
  void confirm_soon() {
    confirm_due_ = true;
    if (confirming_ || std::exchange(confirm_posted_, true)) return;
    asio::post(executor_, [self = shared_from_this()] {
      self->confirm_posted_ = false;
      self->confirm();
    });
  }

  void confirm() {
    if (!confirm_due_ || confirming_ || !connection_ || connection_->closed()) return;
    confirm_due_ = false;
    confirming_ = true;
    wait_for_answer(
        {nullptr, std::chrono::steady_clock::now() + options_.command_timeout + options_.confirm_timeout, 0});
    connection_->write(Command("WAIT")
                           .arg(std::uint32_t{options_.confirm_replicas})
                           .arg(std::int64_t{options_.confirm_timeout.count()})
                           .octets());
  }

  // All that was answered before the WAIT was answered is what it stands for.
  void confirmed(ReplyView replicas) {
    confirming_ = false;
    const bool enough = replicas.is_integer() && replicas.integer() >= options_.confirm_replicas;
    if (!enough && !std::exchange(told_unconfirmed_, true))
      report_(Severity::warning, options_.name + ": " + std::to_string(options_.confirm_replicas) +
                                     " replica(s) did not confirm a write within " +
                                     std::to_string(options_.confirm_timeout.count()) +
                                     " ms; nothing is acknowledged until they do");
    if (enough) told_unconfirmed_ = false;
    if (confirm_due_) confirm_soon();
    hand_out(enough);
  }

  // An error reply says that nothing was written.
  void hand_out(bool enough) {
    std::deque<Unconfirmed> answered;
    answered.swap(unconfirmed_);
    for (Unconfirmed& one : answered) {
      const bool known = enough || !one.confirmed || one.reply.view().is_error();
      std::move(one.handler)(known ? Answer<Reply>(std::move(one.reply))
                                   : Answer<Reply>(Refusal::unavailable));
    }
  }

  // A handler may send again or stop; only what waits now is failed.
  void fail_all() {
    std::deque<Waiting> lost;
    lost.swap(waiting_);
    for (const Waiting& one : lost) waits_no_more(one);
    confirming_ = confirm_due_ = false;
    hand_out(false);
    for (Waiting& one : lost)
      if (one.handler) std::move(one.handler)(Answer<Reply>(Refusal::unavailable));
  }

  asio::any_io_executor executor_;
  RedisOptions options_;
  Random random_;
  Report report_;
  Prepare prepare_;
  Trouble trouble_;
  std::shared_ptr<MasterFinder> finder_;
  asio::steady_timer pause_;
  asio::steady_timer tick_;
  std::shared_ptr<RedisConnection> connection_;
  std::deque<Waiting> waiting_;  // in the order in which Redis will answer
  std::deque<Unconfirmed> unconfirmed_;
  bool confirm_due_ = false;     // something was sent for which no WAIT was
  bool confirm_posted_ = false;  // confirm() runs this turn
  bool confirming_ = false;      // a WAIT is under way
  bool told_unconfirmed_ = false;
  Instant connect_deadline_ = Instant::max();
  // Since when Redis has owed an answer or has not been there; max: it serves, or nothing was asked.
  Instant away_since_ = std::chrono::steady_clock::now();
  bool stopped_ = false;
};

void RedisClient::refuse_later(const asio::any_io_executor& executor, Handler handler, Refusal refusal) {
  asio::post(executor, [handler = std::move(handler), refusal]() mutable {
    std::move(handler)(Answer<Reply>(refusal));
  });
}

RedisClient::RedisClient(asio::any_io_executor executor, RedisOptions options, Random random, Report report,
                         Prepare prepare)
    : line_(std::make_shared<Line>(std::move(executor), std::move(options), std::move(random),
                                   std::move(report), std::move(prepare))) {}

RedisClient::~RedisClient() {
  stop();
}

void RedisClient::start() {
  line_->start(*this);
}
void RedisClient::stop() {
  line_->stop();
}
bool RedisClient::ready() const noexcept {
  return line_->ready;
}
std::uint64_t RedisClient::connections() const noexcept {
  return line_->connections;
}
const RedisOptions& RedisClient::options() const noexcept {
  return line_->options();
}
std::size_t RedisClient::room() const noexcept {
  return line_->room();
}
milliseconds RedisClient::away_for() const noexcept {
  return line_->away_for();
}

void RedisClient::send(std::string octets, Handler handler, milliseconds extra) {
  line_->send(std::move(octets), std::move(handler), extra, false);
}

void RedisClient::send_confirmed(std::string octets, Handler handler) {
  line_->send(std::move(octets), std::move(handler), {}, false, true);
}

Task<Answer<Reply>> RedisClient::ask(std::string octets, milliseconds extra) {
  return line_->ask(std::move(octets), extra, false);
}

Task<Answer<Reply>> RedisClient::ask_early(std::string octets) {
  return line_->ask(std::move(octets), {}, true);
}

}  // namespace switchboard::store
