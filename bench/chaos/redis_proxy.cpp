#include "bench/chaos/redis_proxy.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <deque>

#include "bench/chaos/resp.hpp"

namespace switchboard::chaos {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

namespace {

constexpr auto early_by = 400ms;        // an early acknowledgement, before the command is sent on
constexpr double other_id_share = 0.1;  // of appends

// FCALL sb1_append 1 {shop}: conversation role person sender fence number id body
constexpr std::size_t append_words = 12;
bool is_append(const std::vector<std::string_view>& words) {
  return words.size() == append_words && words[0] == "FCALL" && words[1] == "sb1_append" && words[5] != "s";
}
bool is_call(const std::vector<std::string_view>& words) {
  return words.size() > 1 && words[0] == "FCALL";
}
bool listens(const std::vector<std::string_view>& words) {
  return !words.empty() && words[0].find("SUBSCRIBE") != std::string_view::npos;
}

}  // namespace

class RedisProxy::Connection : public std::enable_shared_from_this<RedisProxy::Connection> {
 public:
  Connection(RedisProxy& proxy, stream::socket from_gateway)
      : proxy_(proxy),
        ends_{std::move(from_gateway), stream::socket(proxy.io_)},
        timers_{asio::steady_timer(proxy.io_), asio::steady_timer(proxy.io_)} {}

  void begin() {
    error_code error;
    ends_[redis].connect(local::endpoint(proxy_.redis_), error);
    if (error) return cut();
    ends_[gateway].set_option(asio::ip::tcp::no_delay(true), error);  // if it is TCP
    read(gateway);
    read(redis);
  }
  void look() {
    forward(gateway);
    forward(redis);
  }
  void cut() {
    for (auto& end : ends_) {
      error_code ignored;
      end.close(ignored);
    }
    for (auto& timer : timers_) timer.cancel();
    for (const auto& key : std::exchange(early_, {})) --proxy_.acked_early_[key];
  }

 private:
  enum End : std::size_t { gateway = 0, redis = 1 };
  enum class Then { pass, swallow, lose };  // what is done with a reply
  struct Slot {
    Then then = Then::pass;
    std::string reply;  // not empty: it is known already
  };
  struct Piece {
    steady_clock::time_point due;
    std::string octets;
    std::string early_key;  // an append that has been answered: its conversation's key
  };

  void read(End from) {
    ends_[from].async_read_some(asio::buffer(buffers_[from]),
                                [self = shared_from_this(), from](error_code error, std::size_t got) {
                                  if (error) return self->cut();
                                  self->take(from, got);
                                });
  }

  void take(End from, std::size_t got) {
    auto& pending = pending_[from];
    pending.append(buffers_[from].data(), got);
    std::size_t done = 0;
    while (true) {
      const auto octets = whole_value(std::string_view(pending).substr(done));
      if (octets == no_resp) return cut();
      if (octets == 0) break;
      const auto value = pending.substr(done, octets);
      from == gateway ? command(value) : reply(value);
      if (!ends_[gateway].is_open()) return;
      done += octets;
    }
    pending.erase(0, done);
    read(from);
  }

  void command(const std::string& octets) {
    ++proxy_.counts_.commands;
    const auto words = words_of(octets);
    if (listens(words)) listening_ = true;
    if (listening_) return send(redis, 0ms, octets);
    Slot slot;
    if (is_call(words) && proxy_.to_lose_ > 0) {
      --proxy_.to_lose_;
      slot.then = Then::lose;
    }
    if (!is_append(words) || proxy_.lie_ == Lie::none) {
      slots_.push_back(std::move(slot));
      return send(redis, 0ms, octets);
    }
    proxy_.lie_ == Lie::early_ack ? answer_early(words, octets) : repeat_otherwise(words, octets);
  }

  void answer_early(const std::vector<std::string_view>& words, const std::string& octets) {
    const auto key = std::string(words[3]) + "c:" + std::string(words[4]);
    slots_.push_back({Then::pass, proxy_.guess(key)});
    slots_.push_back({Then::swallow, {}});
    ++proxy_.counts_.lies;
    ++proxy_.acked_early_[key];
    early_.push_back(key);
    send(redis, early_by, octets, key);
    flush_known();
  }

  void repeat_otherwise(const std::vector<std::string_view>& words, const std::string& octets) {
    slots_.push_back({});
    send(redis, 0ms, octets);
    if (!std::bernoulli_distribution(other_id_share)(proxy_.random_)) return;
    auto again = words;
    const auto next = std::to_string(std::stoul(std::string(words[9])) + 1);
    std::string id(words[10]);
    std::ranges::reverse(id);
    again[9] = next;
    again[10] = id;
    slots_.push_back({Then::swallow, {}});
    ++proxy_.counts_.lies;
    send(redis, 0ms, command_of(again));
  }

  void reply(const std::string& octets) {
    if (listening_) return send(gateway, proxy_.trouble_.reply_delay, octets);
    const auto asked = std::ranges::find_if(slots_, [](const Slot& slot) { return slot.reply.empty(); });
    if (asked == slots_.end()) return cut();
    asked->reply = octets;
    flush_known();
  }

  // Replies go to the gateway in the order of its commands.
  void flush_known() {
    while (!slots_.empty() && !slots_.front().reply.empty()) {
      const Slot slot = std::move(slots_.front());
      slots_.pop_front();
      if (slot.then == Then::swallow) continue;
      if (slot.then == Then::lose) {
        ++proxy_.counts_.replies_lost;
        return cut();
      }
      send(gateway, proxy_.trouble_.reply_delay, slot.reply);
    }
  }

  void send(End to, std::chrono::milliseconds later, std::string octets, std::string early_key = {}) {
    auto due = steady_clock::now() + later;
    if (!queues_[to].empty()) due = std::max(due, queues_[to].back().due);
    queues_[to].push_back({due, std::move(octets), std::move(early_key)});
    forward(to);
  }

  void forward(End to) {
    if (writing_[to] || queues_[to].empty() || proxy_.trouble_.silent || !ends_[to].is_open()) return;
    const auto now = steady_clock::now();
    if (queues_[to].front().due > now) {
      timers_[to].expires_at(queues_[to].front().due);
      timers_[to].async_wait([self = shared_from_this(), to](error_code error) {
        if (!error) self->forward(to);
      });
      return;
    }
    auto& out = outs_[to];
    out.clear();
    while (!queues_[to].empty() && queues_[to].front().due <= now) {
      out += queues_[to].front().octets;
      if (const auto& key = queues_[to].front().early_key; !key.empty()) {
        --proxy_.acked_early_[key];
        early_.erase(std::ranges::find(early_, key));
      }
      queues_[to].pop_front();
    }
    writing_[to] = true;
    asio::async_write(ends_[to], asio::buffer(out),
                      [self = shared_from_this(), to](error_code error, std::size_t) {
                        self->writing_[to] = false;
                        if (error) return self->cut();
                        self->forward(to);
                      });
  }

  RedisProxy& proxy_;
  std::array<stream::socket, 2> ends_;
  std::array<asio::steady_timer, 2> timers_;  // by where it goes
  std::array<std::array<char, 64 * 1024>, 2> buffers_;
  std::array<std::string, 2> pending_;  // read and not whole, by where it came from
  std::array<std::deque<Piece>, 2> queues_;
  std::array<std::string, 2> outs_;
  std::array<bool, 2> writing_{};
  std::deque<Slot> slots_;  // commands whose replies have not gone back
  std::deque<std::string> early_;
  bool listening_ = false;  // channels: what comes then answers nothing
};

RedisProxy::RedisProxy(asio::io_context& io, const stream::endpoint& door, std::string redis, Lie lie,
                       std::uint64_t seed)
    : io_(io), redis_(std::move(redis)), lie_(lie), acceptor_(io, door), random_(seed) {
  accept();
}

RedisProxy::~RedisProxy() {
  cut_all();
  if (side_) redisFree(side_);
}

void RedisProxy::accept() {
  acceptor_.async_accept([this](error_code error, stream::socket gateway) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      const auto connection = std::make_shared<Connection>(*this, std::move(gateway));
      std::erase_if(connections_, [](const auto& one) { return one.expired(); });
      connections_.push_back(connection);
      connection->begin();
    }
    accept();
  });
}

std::string RedisProxy::guess(const std::string& key) {
  if (side_ && side_->err) redisFree(std::exchange(side_, nullptr));
  const timeval limit{0, 200'000};
  if (!side_) side_ = redisConnectUnixWithTimeout(redis_.c_str(), limit);
  if (side_) redisSetTimeout(side_, limit);
  auto* reply = static_cast<redisReply*>(redisCommand(side_, "HMGET %b hd ep", key.data(), key.size()));
  std::string head = "0", epoch = "1";
  if (reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 && reply->element[0]->str) {
    head = reply->element[0]->str;
    epoch = reply->element[1]->str;
  }
  freeReplyObject(reply);
  const auto seq = std::stoul(head) + acked_early_[key] + 1;
  const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                          std::chrono::system_clock::now().time_since_epoch())
                          .count();
  return "*4\r\n:" + std::to_string(seq) + "\r\n:" + epoch + "\r\n:" + std::to_string(now_ms) + "\r\n:0\r\n";
}

void RedisProxy::trouble(RedisTrouble trouble) {
  trouble_ = trouble;
  for (const auto& one : connections_) {
    if (const auto connection = one.lock()) connection->look();
  }
}

void RedisProxy::cut_all() {
  for (const auto& one : connections_) {
    if (const auto connection = one.lock()) connection->cut();
  }
  connections_.clear();
}

}  // namespace switchboard::chaos
