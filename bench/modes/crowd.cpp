#include "bench/modes/crowd.hpp"

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

bool sign_in(boost::asio::io_context& io, Crowd& crowd, int at_once, std::chrono::seconds within) {
  std::size_t started = 0, ready = 0;
  return load::run_until(io, within, [&] {
    while (ready < started && crowd[ready]->client().ready()) ++ready;
    std::size_t in_hand = 0;
    for (std::size_t i = ready; i < started; ++i) in_hand += crowd[i]->client().ready() ? 0 : 1;
    while (started < crowd.size() && in_hand < static_cast<std::size_t>(at_once)) {
      crowd[started++]->client().start();
      ++in_hand;
    }
    return ready == crowd.size();
  });
}

}  // namespace switchboard::bench
