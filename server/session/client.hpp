// Somebody who has signed in: what visitors and agents have in common. One function per frame; a frame that
// is not for this role is refused.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "proto/frames.hpp"
#include "server/conversation/conversation.hpp"
#include "server/conversation/shop_directory.hpp"
#include "server/session/line.hpp"
#include "server/session/posted_numbers.hpp"
#include "server/session/services.hpp"
#include "server/shop/token.hpp"

namespace switchboard::session {

using store::Task;

// Lives on its worker's executor. Kept alive by its session and by what it waits for.
class Client : public conversation::Participant, public std::enable_shared_from_this<Client> {
 public:
  Client(Services&, Line&&, conversation::ShopContextPtr, shop::Claims, proto::Hello);
  ~Client() override = default;

  // Answers the hello and begins to follow what this client takes part in. False: it could not be done; the
  // hello is answered with an error and the client may try again.
  virtual Task<bool> welcome(std::uint32_t ref) = 0;
  // Answers one frame, exactly once, now or later (M5).
  Task<void> handle(proto::ClientFrame);
  // The connection has ended.
  virtual void leave();

  // This gateway is going away: connect again after so long.
  virtual void ask_to_reconnect(std::uint32_t after_ms);

  Line& line() { return line_; }
  const shop::Claims& claims() const { return claims_; }
  // Of the shop as it was when she came: conversations of another birth are lost.
  const std::string& shop_born() const { return context_->born; }
  const std::string& token() const { return hello_.token; }

 protected:
  virtual Task<void> on(std::uint32_t ref, proto::OpenConversation);
  virtual Task<void> on(std::uint32_t ref, proto::ChangeWish);
  virtual Task<void> on(std::uint32_t ref, proto::SetStatus);
  virtual Task<void> on(std::uint32_t ref, proto::AcceptOffer);
  virtual Task<void> on(std::uint32_t ref, proto::DeclineOffer);
  virtual Task<void> on(std::uint32_t ref, proto::AskWhy);
  virtual Task<void> on(std::uint32_t ref, proto::AskDecisions);
  Task<void> on(std::uint32_t ref, proto::Hello);
  Task<void> on(std::uint32_t ref, proto::Post);
  Task<void> on(std::uint32_t ref, proto::SetTyping);
  Task<void> on(std::uint32_t ref, proto::MarkRead);
  Task<void> on(std::uint32_t ref, proto::CloseConversation);
  Task<void> on(std::uint32_t ref, proto::Heartbeat);
  Task<void> on(std::uint32_t ref, proto::Follow);
  Task<void> on(std::uint32_t ref, std::monostate);

  virtual store::Role store_role() const = 0;
  // Whether this client may read and write the conversation as it stands (S1).
  virtual bool takes_part(const store::ConversationView&) const = 0;
  // The conversation as this client may see it.
  virtual proto::Conversation show(const store::ConversationView&) const = 0;

  // Participant
  bool posted(const std::string& conversation, const store::LogEntry&) const override;
  bool has_room() const override;
  void deliver(const conversation::SharedFrame&) override;
  void hint(const conversation::SharedFrame&) override;
  void state_changed(const store::ConversationView&) override;
  void timeline_changed(const store::ConversationView&) override;
  // She comes again, and the welcome does not name it.
  void vanished(const std::string&) override { line_.connection().close(4006, "a conversation is lost"); }

  // The same with what is known of this device (W14).
  proto::Conversation present(const store::ConversationView&) const;

  // Subscribes to the conversation and reads its state. Refused as not_found if it is not this client's.
  Task<store::Answer<store::ConversationView>> look(std::string conversation);
  // Sends its entries from the client's position on, then live. Call after what must come first was sent.
  void follow(const store::ConversationView&, const proto::Position* position);
  // Not so for one that was only looked at, such as an offer that was gone when she accepted.
  bool follows(const std::string& conversation) const {
    const auto found = followed_.find(conversation);
    return found != followed_.end() && found->second.following;
  }
  void unfollow(const std::string& conversation);
  // The position that the hello named for this conversation, or null.
  const proto::Position* position_of(const std::string& conversation) const;

  void refuse(std::uint32_t ref, store::Refusal);
  void refuse(std::uint32_t ref, proto::ErrorCode, std::string_view message);
  // Done, or the refusal.
  void answer(std::uint32_t ref, const store::Answer<Done>&);
  // The parts of a welcome that are the same for everybody.
  proto::Welcome greeting() const;
  proto::Person person() const;
  const shop::Shop& shop() const { return context_->shop; }
  const std::string& id() const { return claims_.subject; }

  Services& services_;
  Line line_;
  conversation::ShopContextPtr context_;
  const shop::Claims claims_;
  const proto::Hello hello_;
  const std::string session_;

 private:
  struct Followed {
    std::shared_ptr<conversation::Conversation> conversation;
    conversation::Following following;
    std::uint32_t closed_at =
        0;  // seq of the last entry once it is closed: then there is nothing left to follow
  };

  void posted_answer(std::uint32_t ref, const std::string& conversation, std::uint32_t number,
                     const std::string& client_id, const store::Answer<store::Appended>&);
  Task<void> answer_gap(std::uint32_t ref, std::string conversation);
  Task<void> wait_for_room();

  std::unordered_map<std::string, Followed> followed_;
  // By conversation, what was posted through this connection: it is acknowledged, not delivered.
  std::unordered_map<std::string, PostedNumbers> posted_;
  // By conversation, the last number that the store took from this device, as far as it is known here.
  std::unordered_map<std::string, std::uint32_t> last_numbers_;
  std::uint32_t posts_in_flight_ = 0;
  bool left_ = false;
};

}  // namespace switchboard::session
