#include "server/replay/observe.hpp"

#include <algorithm>
#include <set>

#include "server/replay/verify.hpp"

namespace switchboard::replay {

namespace {

using namespace router;  // NOLINT: this file is about events

std::vector<std::string> in_order(const std::map<std::uint64_t, std::string>& names) {
  std::vector<std::string> all;
  for (const auto& [number, name] : names) {
    all.resize(std::max<std::size_t>(all.size(), number + 1));
    all[number] = name;
  }
  return all;
}

class Observer {
 public:
  Observer(const record::Record& record, Millis since) : since_(since) {
    observed_.shop = record.shop;
    for (const auto& chapter : record.chapters) {
      if (is_before(chapter, since)) continue;
      observed_.from = observed_.to = chapter.time;
      break;
    }
    const Watch watch = [this](const record::Chapter& chapter, const record::Step& step, const Router& router,
                               std::span<const Decision> made) { see(chapter, step, router, made); };
    verify(record, watch, since);
  }

  Observed take() {
    for (auto& [agent, presence] : present_) close(presence, observed_.to);
    for (auto& [number, guest] : guests_)
      if (clip(guest)) observed_.guests.push_back(std::move(guest));
    clip_presences();
    std::ranges::stable_sort(observed_.guests, {}, &Guest::entered);
    std::ranges::stable_sort(observed_.presences, {}, &Presence::from);
    return std::move(observed_);
  }

 private:
  // False: she had left, or was served, before the part began.
  bool clip(Guest& guest) const {
    if (since_ == kFromTheBeginning) return true;
    if ((guest.served && *guest.served < since_) || (guest.left && *guest.left < since_)) return false;
    guest.entered = std::max(guest.entered, since_);
    return true;
  }
  void clip_presences() {
    if (since_ == kFromTheBeginning) return;
    observed_.from = std::clamp(since_, observed_.from, observed_.to);
    for (Presence& presence : observed_.presences) presence.from = std::max(presence.from, observed_.from);
    std::erase_if(observed_.presences, [](const Presence& p) { return p.to <= p.from; });
  }

  void see(const record::Chapter& chapter, const record::Step& step, const Router& router,
           std::span<const Decision> made) {
    if (chapter_ != &chapter) begin(chapter);
    now_ = std::max(now_, step.now);
    observed_.to = now_;
    observed_.policy = router.policy();
    std::visit([this](const auto& e) { on(e); }, step.event);
    for (const Decision& decision : made) {
      if (const auto* offer = std::get_if<Offer>(&decision)) offered_[offer->conversation.value] = now_;
      if (const auto* put = std::get_if<PutOnBreak>(&decision)) look(router, put->agent);
      if (std::holds_alternative<Requeue>(decision) && now_ >= since_) ++observed_.interrupted;
    }
    if (const auto* e = std::get_if<AgentConfigured>(&step.event)) look(router, e->agent, e);
    if (const auto* e = std::get_if<AgentStatusChanged>(&step.event)) look(router, e->agent);
    if (const auto* e = std::get_if<AgentLineChanged>(&step.event)) look(router, e->agent);
  }

  // Whoever was there is there until the new chapter says so; whoever waited or was served and is not told of
  // again has gone between the chapters.
  void begin(const record::Chapter& chapter) {
    for (auto& [agent, presence] : present_) close(presence, now_);
    present_.clear();
    settings_.clear();
    chapter_ = &chapter;
    names_ = &chapter.names;
    now_ = std::max(now_, chapter.time);
    told_.clear();
    observed_.skills = in_order(names_->skills);
    observed_.personas = in_order(names_->personas);
  }

  // --- agents

  void look(const Router& router, AgentId id, const AgentConfigured* changed = nullptr) {
    if (changed != nullptr) {
      Presence setting{.agent = names_->agent(id), .capacity = changed->capacity};
      for (const SkillLevel& s : changed->skills)
        setting.skills.emplace_back(names_->skill(s.skill), s.level);
      if (changed->persona) setting.persona = names_->persona(*changed->persona);
      settings_[id.value] = std::move(setting);
    }
    const auto view = router.agent(id);
    const bool on_duty = view && view->on_duty;
    const auto found = present_.find(id.value);
    const bool same = found != present_.end() && found->second.same_setting(settings_[id.value]);
    if (on_duty && same) return;
    if (found != present_.end()) {
      close(found->second, now_);
      present_.erase(found);
    }
    if (!on_duty) return;
    Presence& presence = present_[id.value] = settings_[id.value];
    presence.from = now_;
  }

  void close(Presence presence, Millis to) {
    presence.to = to;
    const auto before = std::find_if(observed_.presences.rbegin(), observed_.presences.rend(),
                                     [&](const Presence& p) { return p.agent == presence.agent; });
    if (before != observed_.presences.rend() && presence.from - before->to <= kBlinkMs &&
        before->same_setting(presence)) {
      before->to = to;
      return;
    }
    if (presence.to > presence.from) observed_.presences.push_back(std::move(presence));
  }

  // --- visitors

  Guest* find(ConversationId id) {
    const auto found = guests_.find(id.value);
    return found == guests_.end() ? nullptr : &found->second;
  }

  void describe(ConversationId id, const Visit& visit) {
    told_.insert(id.value);
    const auto [at, is_new] = guests_.try_emplace(id.value);
    Guest& guest = at->second;
    if (is_new) {
      guest.conversation = names_->conversation(id);
      guest.entered = std::max(visit.entered_at, observed_.from);
      if (visit.last_agent) guest.last_agent = names_->agent(*visit.last_agent);
    }
    guest.skill = names_->skill(visit.skill);
    guest.tier = visit.tier.value;
    wish(guest, visit.wish);
  }
  void wish(Guest& guest, const Wish& wish) {
    guest.wish = wish.kind;
    guest.persona = wish.kind == WishKind::any ? std::string() : names_->persona(wish.persona);
  }
  void serve(ConversationId id, AgentId agent, Millis since) {
    Guest* guest = find(id);
    if (guest == nullptr || guest->served) return;
    guest->served = std::max(since, guest->entered);
    guest->agent = names_->agent(agent);
  }
  void over(Guest& guest) {
    if (guest.served) {
      if (!guest.ended) guest.ended = now_;
    } else if (!guest.left) {
      guest.left = now_;
    }
  }

  void on(const VisitorArrived& e) { describe(e.conversation, e.visit); }
  void on(const AssignmentRestored& e) {
    // Served before the record began: nothing is known of her wait.
    if (find(e.conversation) == nullptr && e.visit.entered_at < observed_.from &&
        e.state != AssignmentState::offered)
      return;
    describe(e.conversation, e.visit);
    if (e.state != AssignmentState::offered) serve(e.conversation, e.agent, e.started_at);
  }
  void on(const WishChanged& e) {
    if (Guest* guest = find(e.conversation)) wish(*guest, e.wish);
  }
  void on(const OfferAccepted& e) {
    const auto offered = offered_.find(e.conversation.value);
    serve(e.conversation, e.agent, offered == offered_.end() ? now_ : offered->second);
  }
  void on(const VisitorLeft& e) {
    if (Guest* guest = find(e.conversation)) over(*guest);
  }
  void on(const ChatEnded& e) {
    if (Guest* guest = find(e.conversation)) over(*guest);
  }
  void on(const ChatRequeued&) {
    if (now_ >= since_) ++observed_.interrupted;
  }
  void on(const Started&) {
    for (auto& [number, guest] : guests_)
      if (!told_.contains(number)) over(guest);
  }
  template <class Other>
  void on(const Other&) {}

  const Millis since_;
  Observed observed_;
  const record::Chapter* chapter_ = nullptr;
  const record::Names* names_ = nullptr;
  Millis now_ = INT64_MIN;
  std::map<std::uint64_t, Guest> guests_;       // by number
  std::map<std::uint64_t, Millis> offered_;     // when last
  std::set<std::uint64_t> told_;                // of in this chapter
  std::map<std::uint32_t, Presence> settings_;  // by agent
  std::map<std::uint32_t, Presence> present_;
};

}  // namespace

bool Presence::same_setting(const Presence& other) const {
  return capacity == other.capacity && skills == other.skills && persona == other.persona;
}

Observed observe(const record::Record& record, Millis since) {
  return Observer(record, since).take();
}

}  // namespace switchboard::replay
