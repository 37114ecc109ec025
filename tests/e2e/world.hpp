// The ground of the end-to-end tests: a gateway with a small shop of short times, visitors and agents who
// talk to it over real sockets, and a look into Redis past the gateway.
#pragma once

#include <gtest/gtest.h>

#include <list>
#include <memory>
#include <string>

#include "server/store/redis_client.hpp"
#include "server/store/redis_store.hpp"
#include "tests/support/gateway.hpp"
#include "tests/support/run.hpp"
#include "tests/support/test_client.hpp"

namespace switchboard::e2e {

using namespace proto;
using proto::Done;  // the reply, not the empty result
using namespace std::chrono_literals;
using test::Body;
using test::Gateway;
using test::Identity;
using test::TestClient;

// Shop "corner": languages en and zh; skills presale and aftersale; personas calm, bold and shy; agents ann
// (calm, 2 places), bea (bold, 2 places) and cleo (calm, 1 place, presale only). Offers last 3 s, the grace
// is 5 s: the lower bounds. `more` is added at the end.
std::string corner_shop(const std::string& more = {});
// Another shop, with one agent: dora.
std::string other_shop();

// Names of the refusals, for messages of failed tests.
std::string name_of(ErrorCode);
std::ostream& operator<<(std::ostream&, ErrorCode);

// With limits that a test from one address does not run into, and a desk that takes over quickly; what the
// options say themselves stays.
test::GatewayOptions roomy(test::GatewayOptions);

class World : public ::testing::Test {
 protected:
  explicit World(test::GatewayOptions options = {.shop_file = corner_shop()});
  ~World() override;
  void TearDown() override;  // nobody has seen a fault

  // A client that is welcomed. Encodings alternate, so that every subject is judged in both.
  TestClient& visitor(const std::string& name = "Vera", const std::string& language = "en");
  TestClient& client(Identity);
  TestClient& agent(const std::string& id, AgentStatus = AgentStatus::available);
  // Where the n-th connection goes, counted from 0.
  virtual std::uint16_t port_of_connection(int) const { return gateway.port(); }
  // A new connection for a client whose line was cut: hello with its positions.
  void come_back(TestClient&);

  struct Talk {
    TestClient* visitor = nullptr;
    TestClient* agent = nullptr;
    std::string id;
    std::uint32_t fence = 0;
  };
  // Opens, waits for the offer to this agent and accepts.
  Talk talk(TestClient& visitor, TestClient& agent, const std::string& skill = "presale", Wish wish = {});

  // Asks the store until it answers: it may just have been killed.
  template <class T>
  T answered(const std::function<store::Task<store::Answer<T>>()>& ask, const std::string& what) {
    std::optional<T> value;
    const bool came = wait_for([&] {
      auto answer = test::run(io, ask());
      if (answer) value = std::move(*answer);
      return value || answer.error() != store::Refusal::unavailable;
    });
    if (!came || !value) throw std::runtime_error("the store knows nothing of " + what);
    return std::move(*value);
  }
  bool wait_for(const std::function<bool()>& holds, std::chrono::milliseconds within = test::patience()) {
    return test::wait_for(io, holds, within);
  }
  void let_pass(std::chrono::milliseconds time) { test::let_pass(io, time); }

  // A value of /metrics, by its name with labels; 0 if it is not there.
  double metric(const std::string& name);
  static double metric_of(const Gateway& one, const std::string& name);

  // --- past the gateway
  store::RedisStore& redis();
  // For commands that no function of the store has; connected when it is first asked for.
  store::RedisClient& raw_redis();
  store::ConversationView stored(const std::string& conversation);
  store::AgentView stored_agent(const std::string& agent);
  std::vector<Entry> stored_log(const std::string& conversation);
  // Loads are within capacities, every conversation is in one place only, and what agents hold is theirs (R1,
  // R2).
  void check_books();

  boost::asio::io_context io;
  Gateway gateway;
  std::list<TestClient> clients;

  // What the gateway must have counted at the end of a test, if it still lives.
  double repairs_expected = 0;
  double lost_tails_expected = 0;
  int connections = 0;  // made so far: even ones speak JSON, odd ones protobuf

 private:
  std::unique_ptr<store::RedisStore> redis_;
  std::unique_ptr<store::RedisClient> raw_redis_;
};

// "1 2 3": the seqs of a log, which must be without gap.
bool without_gap(const std::vector<Entry>&);

}  // namespace switchboard::e2e
