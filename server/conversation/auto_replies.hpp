// What Switchboard says by itself: the log entries that a transition writes, the shop's auto-reply among
// them. Every text is marked as automatic, so that nobody takes it for a person.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proto/frames.hpp"
#include "server/conversation/shop_directory.hpp"
#include "server/store/values.hpp"

namespace switchboard::conversation {

// The encoded auto-reply for this trigger in the wished persona's voice and the visitor's language; nullopt
// if the shop has no text for it. `variables` beside {shop} and {persona}, which are filled in here.
std::optional<std::string> auto_reply(const ShopContext&, proto::Trigger, const std::string& persona,
                                      const std::string& language, std::vector<shop::Variable> variables);

// The encoded entries of a transition, in the order in which they go into the log.
std::vector<std::string> entries_opened(const ShopContext&, const store::Open&);
std::vector<std::string> entries_assigned(const ShopContext&, const store::ConversationView&,
                                          const std::string& agent);
std::vector<std::string> entries_requeued(const ShopContext&, const store::ConversationView&,
                                          proto::RequeueReason);
std::vector<std::string> entries_closed(const ShopContext&, const store::ConversationView&, proto::Role by);

}  // namespace switchboard::conversation
