#include "tests/sim/world.hpp"

#include <algorithm>
#include <cstdio>

#include "server/shop/shop.hpp"
#include "server/shop/templates.hpp"
#include "server/shop/token.hpp"
#include "server/store/redis_functions.hpp"
#include "tests/sim/invariants.hpp"

namespace switchboard::sim {

namespace {

constexpr std::size_t failures_kept = 50;
constexpr std::size_t turns_at_once_most = 1'000'000;  // more, and it would never end

std::string shop_file(const std::string& id, const std::vector<Employee>& staff, std::uint32_t more,
                      const ShopTimes& times) {
  std::string text = "id = \"" + id + "\"\nname = \"" + id + "\"\nlanguages = [\"en\"]\n";
  for (const char* skill : {"presale", "aftersale"})
    text += "[[skill]]\nid = \"" + std::string(skill) + "\"\nname = \"" + skill + "\"\n";
  for (const char* persona : {"calm", "bold"})
    text += "[[persona]]\nid = \"" + std::string(persona) + "\"\nname = \"" + persona + "\"\n";
  for (const auto& agent : staff) {
    text += "[[agent]]\nid = \"" + agent.id + "\"\nname = \"" + agent.id + "\"\npersona = \"" +
            agent.persona + "\"\ncapacity = " + std::to_string(agent.capacity + more) + "\nskills = { ";
    for (std::size_t i = 0; i < agent.skills.size(); ++i)
      text += (i ? ", " : "") + agent.skills[i] + " = " + std::to_string(i);
    text += " }\n";
  }
  for (const char* trigger : {"opened", "waiting", "assigned", "agent_away", "closed"})
    text +=
        "[[auto_reply]]\ntrigger = \"" + std::string(trigger) + "\"\ntext = \"" + trigger + " at {shop}\"\n";
  text += "[routing]\npark_after_ms = " + std::to_string(times.park_after_ms) + "\npark_units = 1\n";
  text += "[offer]\naccept_within_s = " + std::to_string(times.accept_within_s) +
          "\n[presence]\nlost_grace_s = " + std::to_string(times.lost_grace_s) + "\n";
  return text;
}

}  // namespace

World::World(Plan given)
    : plan(std::move(given)), random((set_now(0), plan.seed)), redis(timeline, random.branch(), plan.redis) {
  timeline.watched = plan.watched;
  (void)redis.execute({"FUNCTION", "LOAD", "REPLACE", std::string(store::library_text())});
  redis.on_changed = [this] { check_changes(*this); };
  redis.on_call = [this](const std::string& from, const Words& call) { desks.changed(from, call); };
  for (std::size_t i = 0; i < plan.gateways; ++i)
    gateways.push_back(std::make_unique<Node>(timeline, redis, "gateway" + std::to_string(i + 1),
                                              random.branch(), plan.config));
}

World::~World() = default;

void World::open_shop(const std::string& id, const std::vector<Employee>& agents, std::uint32_t more) {
  const auto text = shop_file(id, agents, more, plan.times);
  const auto parsed = shop::parse_shop(text);
  if (!parsed) throw std::runtime_error("the simulated shop: " + to_text(parsed.error(), id));
  const auto templates = shop::template_fields(*parsed);
  Words call = {"FCALL",
                "sb1_apply_shop",
                "1",
                "{" + id + "}:",
                text,
                random.word(43),
                std::to_string(templates.size())};
  for (const auto& [field, value] : templates) call.push_back(field), call.push_back(value);
  call.push_back(std::to_string(agents.size()));
  for (const auto& agent : agents) call.push_back(agent.id), call.push_back(std::to_string(agent.capacity));
  (void)redis.execute({"SADD", "{sys}:shops", id});
  const auto applied = redis.execute(call);
  if (applied.kind != Value::Kind::integer || applied.integer < 1)
    throw std::runtime_error("the simulated shop is refused: " + applied.text);
  for (const auto& agent : agents) {
    staff.push_back(agent);
    histories[id].capacity[agent.id] = agent.capacity;
    histories[id].park_units = 1;
  }
}

std::string World::agent_token(const Employee& agent) const {
  shop::Claims claims;
  claims.subject = agent.id;
  claims.shop = agent.shop;
  claims.role = shop::TokenRole::agent;
  claims.name = agent.id;
  claims.issued_s = unix_epoch_us / second;
  claims.expires_s = *claims.issued_s + 30 * 86'400;
  return shop::make_token(claims, redis.data().find<Hash>("{" + agent.shop + "}:cfg")->at("key"));
}

Tab::Dial World::dial() {
  const Latency latency{random.between(200, 5'000), random.between(5'000, 60'000)};
  return [this, latency](std::string subprotocol, Wire::Ears ears,
                         std::function<void(std::shared_ptr<Wire>)> done) {
    Node& node = *gateways[random.below(gateways.size())];
    timeline.after(
        random.between(latency.least, latency.most), [=, this, &node, ears = std::move(ears)]() mutable {
          auto wire = node.accept(subprotocol, latency, std::move(ears));
          timeline.after(random.between(latency.least, latency.most), [wire, done] { done(wire); });
        });
  };
}

Micros World::next_due() const {
  Micros next = timeline.next();
  for (const auto& gateway : gateways) next = std::min(next, gateway->due());
  return next;
}

void World::run_until(Micros until) {
  std::size_t turns = 0;
  for (;;) {
    const auto next = next_due();
    if (next > until) break;
    if (next > now()) {
      set_now(next);
      turns = 0;
    } else if (++turns > turns_at_once_most) {
      throw std::runtime_error("time stands still: somebody keeps asking to be called at once");
    }
    timeline.run_due();
    for (const auto& gateway : gateways) gateway->step();
  }
  set_now(std::max(now(), until));
}

void World::fail(const std::string& rule, const std::string& what) {
  ++counts["failures"];
  if (failures_.size() < failures_kept) {
    char when[32];
    std::snprintf(when, sizeof when, "%.6f s: ", static_cast<double>(now()) / second);
    failures_.push_back(when + rule + ": " + what);
  }
  note("FAILED " + rule + ": " + what);
}

void World::note(const std::string& what) {
  timeline.note(what);
  if (plan.verbose) std::fprintf(stderr, "%12.6f  %s\n", static_cast<double>(now()) / second, what.c_str());
}

}  // namespace switchboard::sim
