// What an agent may ask, and how her offers and conversations reach her.
#pragma once

#include <unordered_map>
#include <unordered_set>

#include "server/session/client.hpp"

namespace switchboard::session {

class Agent final : public Client, private store::ChannelListener {
 public:
  Agent(Services&, Line&&, conversation::ShopContextPtr, shop::Claims, proto::Hello);

  Task<bool> welcome(std::uint32_t ref) override;
  void leave() override;
  // Also tells the store that she is moving: she is given time, and nothing new until she is back.
  void ask_to_reconnect(std::uint32_t after_ms) override;
  proto::Role role() const override { return proto::Role::agent; }

 private:
  Task<void> on(std::uint32_t ref, proto::SetStatus) override;
  Task<void> on(std::uint32_t ref, proto::AcceptOffer) override;
  Task<void> on(std::uint32_t ref, proto::DeclineOffer) override;
  Task<void> on(std::uint32_t ref, proto::AskWhy) override;
  Task<void> on(std::uint32_t ref, proto::AskDecisions) override;

  store::Role store_role() const override { return store::Role::agent; }
  // Hers while offered to or served by her; a closed one stays readable for the one who closed it with her
  // name on it.
  bool takes_part(const store::ConversationView& view) const override {
    return view.agent == id() && view.state != store::State::waiting;
  }
  proto::Conversation show(const store::ConversationView&) const override;
  void state_changed(const store::ConversationView&) override;

  // The agent's channel: something about her or what she holds has changed. What exactly is read from the
  // store.
  void on_hint(std::string_view message) override;
  void on_resubscribed() override;
  Task<store::Answer<store::ConversationView>> accept(proto::AcceptOffer);
  Task<store::Answer<Done>> store_status(proto::SetStatus);
  void hear(std::string conversation);
  void look_at_what_came_early();
  Task<void> refresh(std::string conversation);
  Task<void> refresh_self();
  Task<void> set_line(store::Line, bool moving);
  Task<void> refresh_all();
  void ask_again(std::string conversation);  // empty: of herself
  Task<void> refresh_unanswered();
  void show_closed(const store::ConversationView&);
  void show_offer_end(const std::string& conversation, proto::OfferEndReason);
  Task<void> show_offer(store::ConversationView);
  Task<std::string> preview(const store::ConversationView&);
  // Settles what the client knows with what the store says of one conversation.
  Task<void> settle(store::ConversationView);

  // By her token and by the shop file as it is now: who is made one signs in again, who is none any more is
  // none at once.
  Task<bool> is_supervisor();

  std::vector<proto::QuickReply> quick_replies() const;

  static constexpr std::chrono::milliseconds ask_again_after{200};  // what the store does not say now
  std::unordered_map<std::string, std::uint32_t> offers_;           // shown and open: conversation -> fence
  struct Shown {
    std::uint32_t fence = 0;
    bool parked = false;
    friend bool operator==(const Shown&, const Shown&) = default;
  };
  static Shown shown(const store::ConversationView& view) { return {view.fence, view.parked != 0}; }
  std::unordered_map<std::string, Shown> serving_;  // shown as hers
  std::unordered_set<std::string> accepting_;       // the reply to accept will say it, nothing else has to
  std::optional<proto::Status> status_;             // what she knows; nothing: it may have changed
  bool subscribed_ = false;
  bool welcomed_ = false;
  std::unordered_set<std::string> early_;  // what her channel spoke of before; empty: herself
  bool resubscribed_early_ = false;
  std::unordered_set<std::string> unanswered_;  // what the store could not say; empty: of herself
  bool all_unanswered_ = false;                 // nor what she holds
  bool asking_again_ = false;
  bool gone_ = false;
  bool moving_ = false;
};

}  // namespace switchboard::session
