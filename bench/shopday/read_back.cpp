#include "bench/shopday/read_back.hpp"

#include "bench/check/entry_digest.hpp"
#include "bench/load/pairs.hpp"

namespace switchboard::shopday {

using namespace proto;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t at_once = 50;

class Reader final : private load::Client::Owner {
 public:
  Reader(Day& day, const Visitor& visitor)
      : day_(day),
        conversation_(visitor.conversation()),
        client_(
            day.wire, day.server.target,
            {day.setting.shop, load::make_token(day.server.key, day.setting.shop, visitor.id(), false, ""),
             load::random_word(day.random, 12), "", "zh"},
            *this) {
    client_.choose_target = day.setting.choose_target;
    client_.start();
  }

  bool done() const { return refused_ || (head_ > 0 && shown_.size() >= head_); }
  bool complete() const { return !refused_ && done(); }
  void finish() {
    day_.record.shown(conversation_, std::move(shown_));
    client_.stop(false);
  }

 private:
  void on_welcome(const Welcome&) override {
    client_.request(Follow{{conversation_, 0, 0}}, [this](const ServerFrame* reply) {
      if (!reply) return;
      const auto* conversation = std::get_if<Conversation>(&reply->body);
      refused_ = conversation == nullptr;
      if (conversation) head_ = conversation->head;
    });
  }
  void on_entry(const std::string& conversation, std::uint32_t, const Entry& entry) override {
    if (conversation == conversation_)
      shown_.push_back({entry.seq, "", 0, entry.client_id, check::digest_of(entry)});
  }

  Day& day_;
  const std::string conversation_;
  std::vector<check::Stored> shown_;
  std::uint32_t head_ = 0;
  bool refused_ = false;
  load::Client client_;
};

}  // namespace

std::size_t read_back(Day& day, boost::asio::io_context& io, const std::vector<const Visitor*>& visitors) {
  std::size_t read = 0;
  for (std::size_t from = 0; from < visitors.size(); from += at_once) {
    std::vector<std::unique_ptr<Reader>> readers;
    for (std::size_t i = from; i < std::min(from + at_once, visitors.size()); ++i) {
      readers.push_back(std::make_unique<Reader>(day, *visitors[i]));
    }
    load::run_until(
        io, 20s, [&] { return std::ranges::all_of(readers, [](auto& reader) { return reader->done(); }); });
    for (auto& reader : readers) {
      read += reader->complete() ? 1 : 0;
      reader->finish();
    }
  }
  return read;
}

}  // namespace switchboard::shopday
