#include "bench/shopday/read_back.hpp"

#include <algorithm>

#include "bench/check/entry_digest.hpp"
#include "bench/load/pairs.hpp"

namespace switchboard::shopday {

using namespace proto;
using namespace std::chrono_literals;

namespace {
constexpr std::size_t at_once = 50;
}  // namespace

LogReader::LogReader(load::Wire& wire, load::Target target, load::Identity identity, std::string conversation)
    : conversation_(std::move(conversation)), client_(wire, std::move(target), std::move(identity), *this) {}

// What the welcome names follows by itself (W13): the open one, and what came before the line broke.
void LogReader::on_welcome(const Welcome& welcome) {
  if (std::ranges::any_of(welcome.conversations, [&](const auto& one) { return take(one); })) return;
  client_.request(Follow{{conversation_, 0, 0}}, [this](const ServerFrame* reply) {
    if (!reply) return;
    const auto* conversation = std::get_if<Conversation>(&reply->body);
    refused_ = !conversation || !take(*conversation);
  });
}

bool LogReader::take(const Conversation& conversation) {
  if (conversation.id != conversation_) return false;
  head_ = conversation.head;
  return true;
}

void LogReader::on_entry(const std::string& conversation, std::uint32_t, const Entry& entry) {
  if (conversation == conversation_)
    shown_.push_back({entry.seq, "", 0, entry.client_id, check::digest_of(entry)});
}

void LogReader::on_reset(const Reset& reset, const std::vector<load::Posted>&) {
  if (reset.conversation == conversation_) shown_.clear();
}

void LogReader::on_push(const ServerFrame& frame) {
  if (const auto* conversation = std::get_if<Conversation>(&frame.body)) take(*conversation);
}

std::size_t read_back(Day& day, boost::asio::io_context& io, const std::vector<const Visitor*>& visitors) {
  std::size_t read = 0;
  for (std::size_t from = 0; from < visitors.size(); from += at_once) {
    std::vector<std::unique_ptr<LogReader>> readers;
    const auto to = std::min(from + at_once, visitors.size());
    for (std::size_t i = from; i < to; ++i) {
      const Visitor& visitor = *visitors[i];
      const auto token = load::make_token(day.server.key, day.setting.shop, visitor.id(), false, "");
      readers.push_back(std::make_unique<LogReader>(
          day.wire, day.server.target,
          load::Identity{day.setting.shop, token, load::random_word(day.random, 12), "", "zh"},
          visitor.conversation()));
      readers.back()->client().choose_target = day.setting.choose_target;
      readers.back()->client().start();
    }
    load::run_until(
        io, 20s, [&] { return std::ranges::all_of(readers, [](auto& reader) { return reader->done(); }); });
    for (std::size_t i = from; i < to; ++i) {
      LogReader& reader = *readers[i - from];
      read += reader.complete() ? 1 : 0;
      day.record.shown(visitors[i]->conversation(), reader.shown());
      reader.client().stop(false);
    }
  }
  return read;
}

}  // namespace switchboard::shopday
