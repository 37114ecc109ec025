#include "server/desk/announcer.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "proto/codec.hpp"
#include "server/conversation/auto_replies.hpp"

namespace switchboard::desk {

namespace {

std::string live_hint(proto::ServerFrame frame) {
  return std::string(1, static_cast<char>(store::Hint::live)) + proto::encode_hint(frame);
}

// In steps that a person can feel, so that an estimate that creeps does not become a stream of updates.
std::uint32_t rounded(router::Millis ms) {
  const router::Millis step = ms < 60'000 ? 5'000 : ms < 600'000 ? 15'000 : 60'000;
  const auto steps = (std::max<router::Millis>(ms, 0) + step - 1) / step * step;
  return static_cast<std::uint32_t>(std::min<router::Millis>(steps, 86'400'000));
}

// A place is told again although it did not change: she may have reloaded, or opened a second tab.
constexpr store::Millis repeat_place_ms = 4'000;

}  // namespace

Announcer::Announcer(store::Store& store, conversation::ShopContextPtr context, const Names& names,
                     std::string shop)
    : store_(store), names_(names), shop_(std::move(shop)) {
  take(std::move(context));
}

void Announcer::take(conversation::ShopContextPtr context) {
  context_ = std::move(context);
  persona_of_.assign(names_.agents(), "");
  for (const auto& agent : context_->shop.agents) persona_of_[names_.agent(agent.id)->value] = agent.persona;
  zone_.reset();
  if (!context_->shop.hours) return;
  auto zone = shop::TimeZone::load(context_->shop.hours->time_zone);
  if (zone)
    zone_ = std::move(*zone);
  else
    spdlog::warn("shop {}: hours are not kept: {}", shop_, zone.error());
}

bool Announcer::within_hours(store::Millis now) const {
  return !zone_ || shop::is_open(*context_->shop.hours, *zone_, now);
}

void Announcer::announce_place(const router::Router& router, const store::ConversationView& view,
                               store::Millis now) {
  const router::ConversationId id(view.number);
  const auto position = router.position(id);
  if (!position) return;
  const auto eta = router.eta(id).value_or(router::Eta{});
  auto& told = told_[view.number];
  proto::QueueUpdate update{view.id,
                            static_cast<std::uint32_t>(*position),
                            rounded(eta.p50_ms),
                            rounded(eta.p90_ms),
                            told.position != 0 && *position > told.position,
                            wait_reason(router, view)};
  const bool changed = update.position != told.position || update.eta_p50_ms != told.eta_p50_ms ||
                       update.reason != told.reason;
  if (changed || now - told.at >= repeat_place_ms) {
    told.at = now;
    told.position = update.position;
    told.eta_p50_ms = update.eta_p50_ms;
    told.reason = update.reason;
    store_.publish(store::channel_conversation(shop_, view.id), live_hint({0, update}));
  }
  say_waiting_text(view, told, update, now - router.conversation(id)->entered_at);
}

proto::WaitReason Announcer::wait_reason(const router::Router& router,
                                         const store::ConversationView& view) const {
  using proto::WaitReason;
  const auto routed = router.conversation(router::ConversationId(view.number));
  if (!routed) return WaitReason::unspecified;
  if (routed->held) return routed->held_for_last_agent ? WaitReason::for_last_agent : WaitReason::for_persona;
  if (router.availability(routed->skill, std::nullopt).on_duty == 0) return WaitReason::nobody_on_shift;
  if (routed->wish.kind == router::WishKind::strict &&
      router.availability(routed->skill, routed->wish.persona).on_duty == 0)
    return WaitReason::persona_not_on_shift;
  return WaitReason::all_busy;
}

// The k-th text goes out once however many desks come and go: its client id says which it is.
void Announcer::say_waiting_text(const store::ConversationView& view, Told& told,
                                 const proto::QueueUpdate& update, store::Millis waited) {
  const auto& settings = context_->shop.waiting;
  if (waited < settings.first_after_s * 1000) return;
  const auto due =
      settings.repeat_s == 0 ? 1 : 1 + (waited - settings.first_after_s * 1000) / (settings.repeat_s * 1000);
  if (told.waiting_texts >= std::min(due, settings.times_max)) return;
  told.waiting_texts = due;  // texts that were missed meanwhile are not made up for
  const auto position = std::to_string(update.position);
  const auto eta = shop::format_wait(update.eta_p50_ms, view.language);
  const auto body =
      conversation::auto_reply(*context_, proto::Trigger::waiting, view.wish.persona, view.language,
                               {{"visitor", view.visitor_name}, {"position", position}, {"eta", eta}});
  if (!body) return;
  const auto client_id = "waiting-" + std::to_string(view.fence) + "-" + std::to_string(due);
  store_.append({.shop = shop_,
                 .conversation = view.id,
                 .role = store::Role::system,
                 .client_id = client_id,
                 .body = *body},
                [](const store::Answer<store::Appended>&) {});
}

std::optional<std::string> Announcer::announce_availability(const router::Router& router,
                                                            store::Millis when) {
  const auto& shop = context_->shop;
  proto::Availability now;
  std::map<std::string, proto::PersonaAvailability> by_persona;
  for (std::uint32_t place = 0; place < names_.agents(); ++place) {
    const auto agent = router.agent(router::AgentId(place));
    if (!agent || !agent->on_duty) continue;
    now.open = within_hours(when);
    const auto free = static_cast<std::uint32_t>(std::max(0, agent->capacity_units - agent->used_units) /
                                                 router::kUnitsPerChat);
    now.free += free;
    auto& persona = by_persona[persona_of_[place]];
    persona.free += free;
    ++persona.on_shift;
  }
  // Without a topic chosen yet the estimate is that of the shop's best-served skill.
  const auto soonest = [&](const router::Wish& wish) {
    std::optional<router::Millis> best;
    for (std::uint8_t skill = 0; skill < shop.skills.size(); ++skill) {
      router::Visit visit;
      visit.skill = router::SkillId(skill);
      visit.wish = wish;
      visit.entered_at = router.now();
      if (const auto eta = router.eta(visit)) best = std::min(best.value_or(eta->p50_ms), eta->p50_ms);
    }
    return rounded(best.value_or(0));
  };
  now.eta_p50_ms = now.free > 0 ? 0 : soonest({});
  for (std::uint8_t place = 0; place < shop.personas.size(); ++place) {
    auto persona = by_persona[shop.personas[place].id];
    persona.persona = shop.personas[place].id;
    if (persona.on_shift > 0 && persona.free == 0)
      persona.eta_p50_ms = soonest({router::WishKind::strict, router::PersonaId(place)});
    now.personas.push_back(std::move(persona));
  }
  if (said_availability_ && now == last_) return std::nullopt;
  said_availability_ = true;
  last_ = now;
  auto body = proto::encode_hint({0, std::move(now)});
  store_.publish(store::channel_availability(shop_),
                 std::string(1, static_cast<char>(store::Hint::live)) + body);
  return body;
}

}  // namespace switchboard::desk
