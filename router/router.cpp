#include "router/router.hpp"

#include <algorithm>

#include "router/engine.hpp"

namespace switchboard::router {

Router::Router(const Policy& policy) : engine_(std::make_unique<Engine>(policy)) {}
Router::Router(const Router& other) : engine_(std::make_unique<Engine>(*other.engine_)) {}
Router& Router::operator=(const Router& other) {
  if (this != &other) engine_ = std::make_unique<Engine>(*other.engine_);
  return *this;
}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

std::span<const Decision> Router::handle(const Event& event, Millis now) {
  return engine_->handle(event, now);
}
std::optional<Millis> Router::next_deadline() const {
  return engine_->next_deadline();
}
bool Router::started() const {
  return engine_->started_;
}
const Policy& Router::policy() const {
  return engine_->policy_;
}
Millis Router::now() const {
  return engine_->now_;
}

std::optional<std::size_t> Router::position(ConversationId id) const {
  const std::uint32_t visitor = engine_->queue_.find(id);
  return visitor == ConversationMap::kNone ? std::nullopt : engine_->position(visitor);
}

std::optional<Eta> Router::eta(ConversationId id) const {
  const std::uint32_t visitor = engine_->queue_.find(id);
  return visitor == ConversationMap::kNone ? std::nullopt : engine_->eta(visitor);
}

std::optional<Eta> Router::eta(const Visit& visit) const {
  return engine_->eta(visit);
}

Availability Router::availability(SkillId skill, std::optional<PersonaId> persona) const {
  return engine_->availability(skill, persona);
}

Millis Router::mean_handling_ms(SkillId skill) const {
  return skill.value < engine_->handling_ms_.size() ? engine_->handling_ms_[skill.value] : 0;
}

std::optional<ConversationView> Router::conversation(ConversationId id) const {
  const std::uint32_t visitor = engine_->queue_.find(id);
  if (visitor == ConversationMap::kNone) return std::nullopt;
  return engine_->view(visitor);
}

std::optional<AgentView> Router::agent(AgentId id) const {
  if (!engine_->roster_.known(id)) return std::nullopt;
  return engine_->view(engine_->roster_.agent(id.value));
}

std::vector<ConversationId> Router::conversations_of(AgentId id) const {
  std::vector<ConversationId> all;
  if (!engine_->roster_.known(id)) return all;
  for (std::uint32_t visitor : engine_->roster_.agent(id.value).chats) {
    all.push_back(engine_->queue_.visitor(visitor).id);
  }
  std::sort(all.begin(), all.end());
  return all;
}

std::vector<ConversationId> Router::queue(SkillId skill, std::size_t limit) const {
  return engine_->queue_order(skill, limit);
}

std::vector<Candidate> Router::candidates(ConversationId id) const {
  const std::uint32_t visitor = engine_->queue_.find(id);
  return visitor == ConversationMap::kNone ? std::vector<Candidate>{} : engine_->candidates(visitor);
}

Counts Router::counts() const {
  return engine_->counts();
}
std::vector<Event> Router::facts() const {
  return engine_->facts();
}
std::string Router::self_check() const {
  return engine_->self_check();
}
std::uint64_t Router::events_handled() const {
  return engine_->events_;
}
std::uint64_t Router::decisions_made() const {
  return engine_->decided_;
}
std::uint64_t Router::refused_events() const {
  return engine_->refused_;
}

}  // namespace switchboard::router
