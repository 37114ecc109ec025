#include "bench/modes/crowd.hpp"

#include <sys/resource.h>

#include <algorithm>

#include "bench/load/pairs.hpp"

namespace switchboard::bench {

using namespace proto;

CrowdVisitor::CrowdVisitor(load::Wire& wire, const load::Gateway& gateway, const std::string& shop, int index,
                           Faults& faults)
    : faults_(faults),
      client_(wire, gateway.target(),
              {shop, load::make_token(gateway.key(), shop, "v" + std::to_string(index), false, ""),
               load::random_word(wire.random, 12), "", "zh"},
              *this) {}

void CrowdVisitor::open() {
  client_.request(OpenConversation{"presale", {}}, [this](const ServerFrame* reply) {
    if (!reply) return;
    if (const auto* conversation = std::get_if<Conversation>(&reply->body)) conversation_ = conversation->id;
  });
}

void CrowdVisitor::write() {
  client_.post(conversation_, 0, "在吗 " + std::to_string(++written_));
}

void CrowdVisitor::on_entry(const std::string&, std::uint32_t, const Entry& entry) {
  if (!seen_.insert(entry.seq).second) ++faults_.doubled;
  if (!entry.client_id.empty() && !seen_posts_.insert(entry.client_id).second) ++faults_.doubled;
}

void CrowdVisitor::on_ack(const load::Posted& posted, const Ack& ack, bool) {
  acknowledged_.insert(posted.client_id);
  if (!acknowledged_seqs_.insert(ack.seq).second) ++faults_.doubled;
}

namespace {

// Both ends hold a descriptor for each connection; the server raises its own limit or says so.
bool enough_descriptors(int connections) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur >= static_cast<rlim_t>(connections) + 64;
}

}  // namespace

CrowdStage::CrowdStage(const CrowdOptions& options, Outcome& outcome)
    : options_(options), outcome_(outcome), wire_(io_, options.common.seed) {
  if (!enough_descriptors(options.connections)) {
    outcome.failure = "the limit of open files (ulimit -Hn) is below the number of connections";
    return;
  }
  const auto& common = options.common;
  gateway_ = load::Gateway::start(common.gateway, load::shop_of_pairs(common.shop_id, 1), outcome.failure);
  if (!gateway_) return;
  gateway_->watch(io_);
  for (int i = 0; i < options.connections; ++i) crowd_.push_back(make_visitor(i));
}

std::unique_ptr<CrowdVisitor> CrowdStage::make_visitor(int number) {
  return std::make_unique<CrowdVisitor>(wire_, *gateway_, options_.common.shop_id, number, outcome_.faults);
}

bool CrowdStage::sign_in(Crowd& crowd, std::chrono::seconds within) {
  std::size_t started = 0, ready = 0;
  return run_until(within, [&] {
    while (ready < started && crowd[ready]->client().ready()) ++ready;
    std::size_t in_hand = 0;
    for (std::size_t i = ready; i < started; ++i) in_hand += crowd[i]->client().ready() ? 0 : 1;
    while (started < crowd.size() && in_hand < static_cast<std::size_t>(options_.connecting_at_once)) {
      crowd[started++]->client().start();
      ++in_hand;
    }
    return ready == crowd.size();
  });
}

bool CrowdStage::run_until(std::chrono::milliseconds within, const std::function<bool()>& holds) {
  return load::run_until(io_, within, holds);
}

bool CrowdStage::run_until_each(std::chrono::milliseconds within,
                                const std::function<bool(CrowdVisitor&)>& holds) {
  return run_until(
      within, [&] { return std::ranges::all_of(crowd_, [&](auto& visitor) { return holds(*visitor); }); });
}

void CrowdStage::run_for(std::chrono::milliseconds time) {
  run_until(time, [] { return false; });
}

void CrowdStage::end() {
  for (auto& visitor : crowd_) visitor->client().stop(false);
  if (const int code = gateway_->stop(); code != 0)
    outcome_.failure = "the server ended with " + std::to_string(code);
}

double seconds_since(load::Clock::time_point then) {
  return std::chrono::duration<double>(load::Clock::now() - then).count();
}

std::string rounded(double value) {
  return std::to_string(static_cast<std::int64_t>(value + 0.5));
}

}  // namespace switchboard::bench
