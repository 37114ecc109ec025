#include "tests/sim/people.hpp"

#include <algorithm>

#include "bench/check/entry_digest.hpp"

namespace switchboard::sim {

Person::Person(World& world, std::string shop)
    : world_(world), random_(world.random.branch()), shop_(std::move(shop)) {}

Tab& Person::add_tab(std::string token, std::string name) {
  Identity identity{shop_, std::move(token), "tab-" + random_.word(12), std::move(name)};
  const auto encoding = random_.chance(0.15) ? proto::Encoding::json : proto::Encoding::protobuf;
  tabs_.push_back(std::make_unique<Tab>(world_.timeline, random_.branch(), std::move(identity), encoding,
                                        world_.dial(), *this));
  return *tabs_.back();
}

void Person::live(Micros pace) {
  const auto mean = world_.finishing ? std::min(pace, 10 * second) : pace;
  world_.timeline.after(std::min(random_.exponential(mean), 4 * mean) + 10 * ms, [this, pace] {
    act();
    if (!left_) live(pace);
  });
}

// Lines break, tabs sleep, phones go through tunnels.
void Person::have_trouble(Tab& tab) {
  if (world_.finishing) return;
  if (random_.chance(0.01)) tab.lose_line(true);
  if (random_.chance(0.004)) tab.lose_line(false);
  if (random_.chance(0.004)) tab.stop_reading(random_.between(second, 30 * second));
}

// Whoever reads it can tell where it belongs.
std::string Person::words(const Tab& tab, const std::string& conversation) {
  std::string text =
      shop_ + "/" + conversation + "/" + tab.identity().device + "/" + std::to_string(++said_) + "/";
  return text + std::string(random_.chance(0.02) ? random_.below(4'000) : random_.below(60), '.');
}

void Person::on_sent(Tab& tab, const Posted& post) {
  history().conversations[post.conversation].sent[post.client_id] = {
      tab.identity().device, post.number, check::digest_of(std::string_view(post.text))};
  ++world_.counts["posts"];
}

void Person::on_entry(Tab& tab, const std::string& conversation, std::uint32_t epoch,
                      const proto::Entry& entry) {
  if (const auto* content = std::get_if<proto::Content>(&entry.body);
      content && !content->text.starts_with(shop_ + "/" + conversation + "/"))
    world_.fail("isolation",
                tab.identity().device + " was told in " + conversation + " what was said elsewhere (S1)");
  const bool of_system = entry.author.role == proto::Role::system;
  history().conversations[conversation].received.push_back(
      {reader(tab, conversation), tab.connections(), epoch, entry.seq, of_system ? "" : entry.client_id,
       check::digest_of(entry)});
  ++world_.counts["entries"];
}

// What a client holds beyond a gap it forgets with the connection; it comes again.
void Person::on_forgot(Tab& tab, const std::string& conversation, std::uint32_t seq) {
  auto& received = history().conversations[conversation].received;
  std::erase_if(received, [&, who = reader(tab, conversation)](const check::Received& one) {
    return one.device == who && one.seq == seq;
  });
}

void Person::on_ack(Tab& tab, const Posted& post, const proto::Ack& ack, bool repeat) {
  history().conversations[post.conversation].acked.push_back(
      {tab.identity().device, ack.client_id, ack.epoch, ack.seq, ack.duplicate, repeat});
  ++world_.counts[repeat ? "repeats" : "acks"];
}

void Person::on_refused(Tab&, const Posted& post, const proto::Error&) {
  history().conversations[post.conversation].refused.insert(post.client_id);
  ++world_.counts["refused"];
}

void Person::on_stopped(Tab& tab, std::uint16_t code) {
  world_.fail("stopped", tab.identity().device + " was sent away for good with " + std::to_string(code));
}

}  // namespace switchboard::sim
