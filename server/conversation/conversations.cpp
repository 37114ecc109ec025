#include "server/conversation/conversations.hpp"

#include <algorithm>

namespace switchboard::conversation {

std::shared_ptr<Conversation> Conversations::get(std::string_view shop, std::string_view id) {
  auto& slot = present_[store::channel_conversation(shop, id)];
  auto conversation = slot.lock();
  if (!conversation) {
    conversation =
        std::make_shared<Conversation>(executor_, store_, subscriber_, std::string(shop), std::string(id));
    slot = conversation;
  }
  if (present_.size() >= sweep_at_) {
    std::erase_if(present_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = std::max<std::size_t>(1024, 2 * present_.size());
  }
  return conversation;
}

}  // namespace switchboard::conversation
