// What a visitor may ask.
#pragma once

#include "server/session/client.hpp"

namespace switchboard::session {

class Visitor final : public Client {
 public:
  // `fresh`: she came without a token; that of the hello was made for her, and she is told it.
  Visitor(Services&, Line&&, conversation::ShopContextPtr, shop::Claims, proto::Hello, bool fresh);

  Task<bool> welcome(std::uint32_t ref) override;
  void leave() override;
  proto::Role role() const override { return proto::Role::visitor; }

 private:
  Task<void> on(std::uint32_t ref, proto::OpenConversation) override;
  Task<void> on(std::uint32_t ref, proto::ChangeWish) override;

  store::Role store_role() const override { return store::Role::visitor; }
  bool takes_part(const store::ConversationView& view) const override { return view.visitor == id(); }
  proto::Conversation show(const store::ConversationView&) const override;

  // Empty if the wish can be had in this shop, else a sentence.
  std::string_view wish_problem(const proto::Wish&) const;
  std::string language() const;

  const bool fresh_;
};

}  // namespace switchboard::session
