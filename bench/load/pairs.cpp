#include "bench/load/pairs.hpp"

#include <cstdio>

namespace switchboard::load {

using namespace proto;

shop::Shop shop_of_pairs(const std::string& id, int agents) {
  shop::Shop shop;
  shop.id = id;
  shop.name = "Bench";
  shop.languages = {"zh"};
  shop.default_language = "zh";
  shop.skills = {{"presale", {{"zh", "售前"}}}};
  shop.personas = {{"fresh", {{"zh", "小清新"}}, {}, "#44aa88"}};
  shop.tiers = {{{{"zh", "顾客"}}}};
  shop.routing.ramp_ms = 0;
  for (int i = 0; i < agents; ++i) {
    shop::Agent agent;
    agent.id = agent_id(i);
    agent.name = "客服" + std::to_string(i);
    agent.persona = "fresh";
    agent.skills = {{"presale", 0}};
    agent.capacity = 1;
    shop.agents.push_back(std::move(agent));
  }
  return shop;
}

std::string agent_id(int index) {
  char id[16];
  std::snprintf(id, sizeof id, "a%04d", index);
  return id;
}

bool run_until(boost::asio::io_context& io, std::chrono::milliseconds within,
               const std::function<bool()>& done) {
  const auto until = Clock::now() + within;
  while (!done()) {
    if (Clock::now() >= until) return false;
    io.restart();
    io.run_for(std::chrono::milliseconds(5));
  }
  return true;
}

// ---------------------------------------------------------------- an agent

Seat::Seat(Wire& wire, const Gateway& gateway, const std::string& shop, int index, Floor& floor)
    : floor_(floor),
      client_(wire, gateway.target(),
              {shop, make_token(gateway.key(), shop, agent_id(index), true, ""), random_word(wire.random, 12),
               "", "zh"},
              *this) {}

void Seat::on_welcome(const Welcome& welcome) {
  for (const Conversation& conversation : welcome.conversations) serve(conversation);
  if (welcome.status.status == AgentStatus::available) return;
  client_.request(SetStatus{AgentStatus::available, ""}, [](const ServerFrame*) {});
}

void Seat::serve(const Conversation& conversation) {
  if (conversation.state == ConversationState::active)
    floor_.served(conversation.id, *this, conversation.fence);
}

void Seat::on_push(const ServerFrame& frame) {
  const auto* offer = std::get_if<Offer>(&frame.body);
  if (!offer) return;
  client_.request(AcceptOffer{offer->conversation, offer->fence}, [this](const ServerFrame* reply) {
    if (!reply) return;
    if (const auto* conversation = std::get_if<Conversation>(&reply->body)) serve(*conversation);
  });
}

void Seat::on_entry(const std::string& conversation, std::uint32_t, const Entry& entry) {
  if (auto* pair = floor_.pair_of(conversation)) pair->read(1, entry);
  if (std::holds_alternative<ClosedNote>(entry.body)) client_.forget(conversation);
}

void Seat::on_ack(const Posted& posted, const Ack& ack, bool) {
  if (auto* pair = floor_.pair_of(posted.conversation)) pair->on_ack(1, posted, ack);
}

void Seat::on_refused(const Posted& posted, const Error&) {
  if (auto* pair = floor_.pair_of(posted.conversation)) pair->on_refused(1);
}

// ---------------------------------------------------------------- who talks to whom

void Floor::asked(const std::string& conversation, Pair& pair) {
  Talk& talk = talks_[conversation];
  talk.pair = &pair;
  introduce(talk);
}

void Floor::served(const std::string& conversation, Seat& seat, std::uint32_t fence) {
  Talk& talk = talks_[conversation];
  talk.seat = &seat;
  talk.fence = fence;
  introduce(talk);
}

// Either side may be heard of first: two sockets.
void Floor::introduce(Talk& talk) {
  if (!talk.pair || !talk.seat || talk.pair->seat_ == talk.seat) return;
  talk.pair->seat_ = talk.seat;
  talk.pair->fence_ = talk.fence;
  talk.pair->on_active();
}

void Floor::over(const std::string& conversation) {
  talks_.erase(conversation);
}

Pair* Floor::pair_of(const std::string& conversation) const {
  const auto found = talks_.find(conversation);
  return found == talks_.end() ? nullptr : found->second.pair;
}

// ---------------------------------------------------------------- a visitor with her agent

Pair::Pair(Wire& wire, const Gateway& gateway, const std::string& shop, int index, Floor& floor)
    : floor_(floor),
      visitor_(wire, gateway.target(),
               {shop, make_token(gateway.key(), shop, "v" + std::to_string(index), false, "顾客"),
                random_word(wire.random, 12), "", "zh"},
               *this) {}

void Pair::on_welcome(const Welcome&) {
  if (conversation_.empty()) open();
}

void Pair::open() {
  visitor_.request(OpenConversation{"presale", {}}, [this](const ServerFrame* reply) {
    if (!reply) return;
    const auto* conversation = std::get_if<Conversation>(&reply->body);
    if (!conversation) return on_refused(0);
    conversation_ = conversation->id;
    floor_.asked(conversation_, *this);
  });
}

void Pair::post(int side, std::string text, Clock::time_point due) {
  Client& client = side == 0 ? visitor_ : seat_->client();
  client.post(conversation_, side == 0 ? 0 : fence_, std::move(text), due);
}

void Pair::close() {
  visitor_.request(CloseConversation{conversation_}, [](const ServerFrame*) {});
}

void Pair::on_entry(const std::string& conversation, std::uint32_t, const Entry& entry) {
  if (conversation == conversation_) read(0, entry);
}

void Pair::read(int reader, const Entry& entry) {
  if (const auto* content = std::get_if<Content>(&entry.body)) {
    // What this side wrote itself over an earlier connection comes back as an entry (W17).
    if ((reader == 0) != (entry.author.role == Role::visitor)) on_text(reader, content->text);
  } else if (reader == 0 && std::holds_alternative<ClosedNote>(entry.body)) {
    floor_.over(conversation_);
    visitor_.forget(conversation_);
    seat_ = nullptr;
    conversation_.clear();
    on_closed();
  }
}

void Pair::on_ack(const Posted& posted, const Ack& ack, bool repeat) {
  if (!repeat) on_ack(0, posted, ack);
}

void Pair::on_refused(const Posted&, const Error&) {
  on_refused(0);
}

}  // namespace switchboard::load
