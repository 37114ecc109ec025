// The conversations that have a participant on this worker: made on demand, gone with the last one who holds
// it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server/conversation/conversation.hpp"

namespace switchboard::conversation {

// Belongs to one worker's executor.
class Conversations {
 public:
  Conversations(boost::asio::any_io_executor executor, store::Store& store, store::Subscriber& subscriber)
      : executor_(std::move(executor)), store_(store), subscriber_(subscriber) {}

  // The conversation as it lives on this worker; says nothing about whether it exists in the store (look()
  // does).
  std::shared_ptr<Conversation> get(std::string_view shop, std::string_view id);

 private:
  boost::asio::any_io_executor executor_;
  store::Store& store_;
  store::Subscriber& subscriber_;
  std::unordered_map<std::string, std::weak_ptr<Conversation>> present_;
  std::size_t sweep_at_ = 1024;  // forget the expired when the map has grown to this
};

}  // namespace switchboard::conversation
