// What a visitor may ask.
#pragma once

#include "server/session/client.hpp"

namespace switchboard::session {

class Visitor final : public Client {
 public:
  // `fresh_token`: for a visitor who came without one; she keeps it.
  Visitor(Services&, Line&&, conversation::ShopContextPtr, shop::Claims, proto::Hello,
          std::string fresh_token);

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

  const std::string fresh_token_;
};

}  // namespace switchboard::session
