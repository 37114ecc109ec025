// M6: who does not read is closed and comes back to a log without a gap; nobody else feels it.
#include "tests/e2e/world.hpp"

namespace switchboard::e2e {
namespace {

class SlowReader : public World {
 protected:
  SlowReader() : World({.shop_file = corner_shop(), .arguments = {"--outbound.stall_timeout_ms=1500"}}) {}
};

TEST_F(SlowReader, M6_IsClosedWith4002AndResumesWhileOthersAreUnharmed) {
  auto& ann = agent("ann");
  auto& witness = visitor("Witness");
  const auto watched = talk(witness, ann);
  auto& lazy = clients.emplace_back(io, Identity{.name = "Lazy"});
  lazy.connect({.port = gateway.port(), .encoding = Encoding::protobuf, .receive_buffer = 4096});
  lazy.hello();
  const auto now = talk(lazy, ann);
  lazy.hold_all(now.id, 3);
  lazy.stop_reading();

  const std::string line(7900, 'x');
  const auto lazy_is_closed = [&] { return metric(R"(switchboard_closed_total{reason="too_slow"})") > 0; };
  int said = 0;
  while ((!lazy_is_closed() || said < 150) && said < 300) {
    std::vector<std::uint32_t> refs;
    for (int i = 0; i < 25; ++i, ++said) refs.push_back(ann.send(ann.next_post(now.id, line, now.fence)));
    for (const auto ref : refs) ann.expect<Ack>(ann.reply(ref));
    // The witness is served as ever.
    const auto words = "witness " + std::to_string(said);
    witness.say(watched.id, words);
    ann.text(watched.id, words);
  }
  ASSERT_TRUE(wait_for(lazy_is_closed)) << "not closed with " << said << " messages unread";
  lazy.resume_reading();
  lazy.wait_closed();

  // All of it is many times what may wait for her at once: it comes as fast as she reads, and is held against
  // her only if she does not read at all.
  const auto closed_before = metric(R"(switchboard_closed_total{reason="too_slow"})");
  ASSERT_GT(said * line.size(), 3u * 256 * 1024) << "the test did too little";
  lazy.connect({.port = gateway.port(), .encoding = Encoding::protobuf, .receive_buffer = 4096});
  lazy.hello();
  lazy.stop_reading();
  let_pass(600ms);
  EXPECT_EQ(metric(R"(switchboard_closed_total{reason="too_slow"})"), closed_before);
  lazy.resume_reading();
  lazy.hold_all(now.id, static_cast<std::uint32_t>(said) + 3);
  lazy.say(now.id, "sorry, I was away");
  ann.text(now.id, "sorry, I was away");
  EXPECT_FALSE(ann.ended());
  EXPECT_FALSE(witness.ended());
}

}  // namespace
}  // namespace switchboard::e2e
