#include "tests/e2e/world.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include "server/conversation/translate.hpp"
#include "tests/support/private_redis.hpp"

namespace switchboard::e2e {

namespace {

constexpr std::string_view corner = R"(
id = "corner"
name = "Corner"
languages = ["en", "zh"]
[[skill]]
id = "presale"
name = "Sales"
[[skill]]
id = "aftersale"
name = "Returns"
[[persona]]
id = "calm"
name.en = "Calm"
name.zh = "平静"
[[persona]]
id = "bold"
name.en = "Bold"
name.zh = "大胆"
[[persona]]
id = "shy"
name.en = "Shy"
name.zh = "腼腆"
[[agent]]
id = "ann"
name = "Ann"
persona = "calm"
capacity = 2
skills = { presale = 0, aftersale = 0 }
[[agent]]
id = "bea"
name = "Bea"
persona = "bold"
capacity = 2
skills = { presale = 0, aftersale = 0 }
[[agent]]
id = "cleo"
name = "Cleo"
persona = "calm"
capacity = 1
skills = { presale = 0 }
[[auto_reply]]
trigger = "opened"
text.en = "Welcome to {shop}, {visitor|friend}."
text.zh = "欢迎光临{shop}。"
[[auto_reply]]
trigger = "opened"
persona = "bold"
text.en = "{persona} here, shoot."
[[auto_reply]]
trigger = "waiting"
text.en = "You are number {position}."
[[auto_reply]]
trigger = "assigned"
persona = "calm"
text.en = "{agent} is with you, quietly."
text.zh = "{agent}来了，不着急。"
[[auto_reply]]
trigger = "assigned"
text.en = "{agent} is with you."
[[auto_reply]]
trigger = "agent_away"
text.en = "{agent} was cut off; somebody else comes."
[[auto_reply]]
trigger = "closed"
text.en = "Thank you, says {agent}."
[offer]
accept_within_s = 3
[presence]
lost_grace_s = 5
)";

}  // namespace

std::string corner_shop(const std::string& more) {
  const bool routed = more.find("[routing]") != std::string::npos;
  return std::string(corner) + more + (routed ? "" : "\n[routing]\nramp_ms = 0\n");
}

std::string other_shop() {
  return R"(
id = "other"
name = "Other"
languages = ["en"]
[[skill]]
id = "presale"
name = "Sales"
[[agent]]
id = "dora"
name = "Dora"
skills = { presale = 0 }
)";
}

std::string name_of(ErrorCode code) {
  static const char* names[] = {
      "UNSPECIFIED", "BAD_FRAME", "NOT_SIGNED_IN", "INVALID",           "NOT_ALLOWED",
      "NOT_FOUND",   "CLOSED",    "NUMBER_GAP",    "DUPLICATE_DIFFERS", "STALE",
      "FULL",        "BUSY",      "TRY_AGAIN",     "INTERNAL",          "ALREADY_SIGNED_IN"};
  const auto index = static_cast<std::size_t>(code);
  return index < std::size(names) ? names[index] : std::to_string(index);
}

std::ostream& operator<<(std::ostream& out, ErrorCode code) {
  return out << name_of(code);
}

test::GatewayOptions roomy(test::GatewayOptions options) {
  // A test comes from one address with everybody at once, types fast, and does not wait five seconds for a
  // desk.
  for (const char* wide : {"--connections.per_address_max=10000", "--handshake.per_address_per_s=10000",
                           "--handshake.per_address_burst=10000", "--handshake.total_per_s=10000",
                           "--handshake.total_burst=10000", "--inbound.messages_per_s=10000",
                           "--inbound.messages_burst=10000", "--node.desk_beat_interval_ms=100",
                           "--node.desk_takeover_ms=500", "--node.reconcile_interval_ms=200"}) {
    const auto flag = std::string_view(wide).substr(0, std::string_view(wide).find('=') + 1);
    const bool given =
        std::ranges::any_of(options.arguments, [&](const auto& a) { return a.starts_with(flag); });
    if (!given) options.arguments.insert(options.arguments.begin(), wide);
  }
  return options;
}

World::World(test::GatewayOptions options) : gateway(roomy(std::move(options))) {
  gateway.start();
}

World::~World() {
  clients.clear();
  if (redis_) redis_->stop();
  if (raw_redis_) raw_redis_->stop();
}

void World::TearDown() {
  for (const auto& client : clients)
    for (const auto& fault : client.faults) ADD_FAILURE() << client.identity.device << ": " << fault;
  if (gateway.answers()) {
    EXPECT_EQ(metric("switchboard_reconciler_repairs_total"), repairs_expected) << "the books disagreed";
    EXPECT_EQ(metric("switchboard_lost_tails_total"), lost_tails_expected);
  }
  if (HasFailure()) std::cerr << "--- the gateway's log\n" << gateway.log();
}

TestClient& World::client(Identity identity) {
  auto& client = clients.emplace_back(io, std::move(identity));
  come_back(client);
  return client;
}

void World::come_back(TestClient& client) {
  const auto encoding = connections % 2 == 0 ? Encoding::json : Encoding::protobuf;
  client.connect({.port = port_of_connection(connections++), .encoding = encoding});
  client.hello();
}

TestClient& World::visitor(const std::string& name, const std::string& language) {
  return client({.name = name, .language = language});
}

TestClient& World::agent(const std::string& id, AgentStatus status) {
  auto& agent = client({.token = gateway.token(shop::TokenRole::agent, id)});
  if (agent.welcome.status.status != status) agent.set_status(status);
  return agent;
}

World::Talk World::talk(TestClient& visitor, TestClient& agent, const std::string& skill, Wish wish) {
  const auto conversation = visitor.open(skill, std::move(wish));
  const auto offer = agent.next<Offer>([&](const Offer& o) { return o.conversation == conversation.id; });
  agent.accept(offer);
  return {&visitor, &agent, conversation.id, offer.fence};
}

double World::metric(const std::string& name) {
  return metric_of(gateway, name);
}

double World::metric_of(const Gateway& one, const std::string& name) {
  std::istringstream lines(test::http(one.port(), "GET", "/metrics").body);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(name + " ")) return std::stod(line.substr(name.size() + 1));
  return 0;
}

// ---------------------------------------------------------------- past the gateway

store::RedisStore& World::redis() {
  if (!redis_) {
    store::RedisOptions options;
    options.url = *store::parse_redis_url(gateway.redis_url());
    options.name = "test";
    options.backoff_max = std::chrono::milliseconds(100);
    redis_ =
        std::make_unique<store::RedisStore>(io.get_executor(), options, test::test_random(1), test::quiet());
    redis_->start();
  }
  if (!wait_for([this] { return redis_->ready(); }))
    throw std::runtime_error("Redis does not answer the test");
  return *redis_;
}

store::RedisClient& World::raw_redis() {
  if (!raw_redis_) {
    store::RedisOptions options;
    options.url = *store::parse_redis_url(gateway.redis_url());
    raw_redis_ =
        std::make_unique<store::RedisClient>(io.get_executor(), options, test::test_random(3), test::quiet());
    raw_redis_->start();
  }
  if (!wait_for([this] { return raw_redis_->ready(); }))
    throw std::runtime_error("Redis does not answer the test");
  return *raw_redis_;
}

store::ConversationView World::stored(const std::string& conversation) {
  return answered<store::ConversationView>([&] { return redis().load("corner", conversation); },
                                           conversation);
}

store::AgentView World::stored_agent(const std::string& agent) {
  return answered<store::AgentView>([&] { return redis().agent("corner", agent); }, agent);
}

std::vector<Entry> World::stored_log(const std::string& conversation) {
  std::vector<Entry> log;
  for (;;) {
    const auto after = static_cast<std::uint32_t>(log.size());
    const auto page = answered<std::vector<store::LogEntry>>(
        [&] { return redis().read("corner", conversation, after, 200); }, conversation);
    for (const auto& entry : page) log.push_back(conversation::to_proto(entry));
    if (page.size() < 200) return log;
  }
}

void World::check_books() {
  const auto state = answered<store::DeskState>([&] { return redis().desk_state("corner"); }, "the desk");
  std::map<std::string, std::string> holder;
  for (const auto& agent : state.agents) {
    for (const auto& id : agent.conversations)
      EXPECT_TRUE(holder.emplace(id, agent.id).second) << id << " is held twice (R1)";
  }
  for (const auto& agent : state.agents) {
    std::size_t units = 0;
    for (const auto& view : state.conversations)
      if (view.agent == agent.id) units += view.parked != 0 ? 1 : 4;
    EXPECT_LE(units, 4 * agent.capacity) << agent.id << " is over her capacity (R2)";
  }
  std::set<std::string> seen;
  for (const auto& view : state.conversations) {
    EXPECT_TRUE(seen.insert(view.id).second) << view.id << " waits and is held";
    const bool held = view.state == store::State::offered || view.state == store::State::active;
    EXPECT_EQ(holder.contains(view.id) ? holder[view.id] : "", held ? view.agent : "") << view.id;
  }
}

bool without_gap(const std::vector<Entry>& log) {
  for (std::size_t i = 0; i < log.size(); ++i)
    if (log[i].seq != i + 1) return false;
  return true;
}

}  // namespace switchboard::e2e
