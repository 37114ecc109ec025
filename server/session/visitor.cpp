#include "server/session/visitor.hpp"

#include <algorithm>

#include "server/conversation/auto_replies.hpp"
#include "server/conversation/translate.hpp"
#include "server/session/availability_feeds.hpp"
#include "server/session/fields.hpp"
#include "server/shop/derived_id.hpp"

namespace switchboard::session {

using proto::ErrorCode;

Visitor::Visitor(Services& services, Line&& line, conversation::ShopContextPtr context, shop::Claims claims,
                 proto::Hello hello, bool fresh)
    : Client(services, std::move(line), std::move(context), std::move(claims), std::move(hello)),
      fresh_(fresh) {}

Task<bool> Visitor::welcome(std::uint32_t ref) {
  const auto self = shared_from_this();
  auto welcome = greeting();
  if (fresh_) welcome.token = hello_.token;

  // The open conversation, and those the client still holds something of (closed while she was away).
  std::vector<std::string> wanted;
  const auto open = co_await services_.store.open_conversation_of(shop().id, id());
  if (!open) co_return refuse(ref, open.error()), false;
  if (!open->empty()) wanted.push_back(*open);
  for (const auto& position : hello_.positions)
    if (!std::ranges::count(wanted, position.conversation)) wanted.push_back(position.conversation);

  std::vector<store::ConversationView> views;
  for (const auto& conversation : wanted) {
    auto view = co_await look(conversation);
    if (view)
      views.push_back(std::move(*view));
    else if (view.error() != store::Refusal::not_found)
      co_return refuse(ref, view.error()), false;
  }
  for (const auto& view : views) welcome.conversations.push_back(present(view));
  // Last: what is told from here on comes after the welcome (W13).
  welcome.availability = co_await services_.availability.watch(shop().id, *this);
  line_.send(ref, std::move(welcome));
  for (const auto& view : views) follow(view, position_of(view.id));
  co_return true;
}

void Visitor::leave() {
  services_.availability.unwatch(shop().id, *this);
  Client::leave();
}

Task<void> Visitor::on(std::uint32_t ref, proto::OpenConversation request) {
  if (!shop().skill(request.skill))
    co_return refuse(ref, ErrorCode::invalid, "skill: not one of this shop's");
  if (const auto problem = wish_problem(request.wish); !problem.empty())
    co_return refuse(ref, ErrorCode::invalid, problem);

  if (!request.client_id.empty() && !valid_client_id(request.client_id))
    co_return refuse(ref, ErrorCode::invalid, "client_id: 16 to 40 of [A-Za-z0-9_-]");

  // A repeat that comes late, even after that conversation was closed, finds it instead of opening another:
  // it may have lain unread in a gateway that stood still.
  const auto fresh_id = request.client_id.empty()
                            ? services_.new_id()
                            : shop::derived_id({"open", shop().id, id(), request.client_id});
  const auto spoken = language();
  store::Open open{.shop = shop().id,
                   .conversation = fresh_id,
                   .visitor = id(),
                   .visitor_name = claims_.name,
                   .language = spoken,
                   .skill = request.skill,
                   .wish = conversation::to_store(request.wish),
                   .tier = claims_.tier,
                   .queue_max = static_cast<std::uint32_t>(shop().limits.queue_max)};
  const auto entries = conversation::entries_opened(*context_, open);
  open.entries = entries;
  const auto opened = co_await services_.patience.answer_of(services_.store.open(open));
  if (!opened) co_return refuse(ref, opened.error());
  const auto view = co_await services_.patience.answer_of(look(opened->conversation));
  if (!view) co_return refuse(ref, view.error());
  line_.send(ref, present(*view));
  follow(*view, nullptr);
}

Task<void> Visitor::on(std::uint32_t ref, proto::ChangeWish request) {
  if (!valid_conversation(request.conversation))
    co_return refuse(ref, ErrorCode::not_found, "not there, or not yours");
  if (const auto problem = wish_problem(request.wish); !problem.empty())
    co_return refuse(ref, ErrorCode::invalid, problem);
  answer(ref, co_await services_.patience.answer_of(services_.store.change_wish(
                  shop().id, request.conversation, id(), conversation::to_store(request.wish))));
}

proto::Conversation Visitor::show(const store::ConversationView& view) const {
  return conversation::for_visitor(shop(), view);
}

std::string_view Visitor::wish_problem(const proto::Wish& wish) const {
  if (wish.mode == proto::WishMode::any) return {};
  return shop().persona(wish.persona) ? std::string_view{} : "wish.persona: not one of this shop's";
}

std::string Visitor::language() const {
  const auto& languages = shop().languages;
  return std::ranges::count(languages, hello_.language) ? hello_.language : shop().default_language;
}

}  // namespace switchboard::session
