// The outbox: what is gathered is what was pushed, however the socket takes it.
#include "server/net/outbox.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace switchboard::net {
namespace {

std::shared_ptr<const std::string> shared(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

// Writes at most `room` octets of what is gathered next into `wire`.
void write_some(Outbox& outbox, std::string& wire, std::size_t room) {
  std::array<iovec, 8> pieces;
  const std::size_t count = outbox.gather(pieces);
  std::size_t written = 0;
  for (std::size_t i = 0; i < count && written < room; ++i) {
    const std::size_t size = std::min(pieces[i].iov_len, room - written);
    wire.append(static_cast<const char*>(pieces[i].iov_base), size);
    written += size;
  }
  outbox.consume(written);
}

TEST(Outbox, FramesLeaveInOrderHoweverLittleTheSocketTakes) {
  for (std::size_t room = 1; room < 40; ++room) {
    Outbox outbox;
    std::string expected;
    for (int i = 0; i < 200; ++i) {
      const std::string payload(static_cast<std::size_t>(i % 7) * 30, static_cast<char>('a' + i % 26));
      outbox.push(Opcode::binary, shared(payload));
      expected += std::string(encode_header(Opcode::binary, payload.size()).view()) + payload;
    }
    EXPECT_EQ(outbox.octets(), expected.size());
    EXPECT_EQ(outbox.frames(), 200u);
    std::string wire;
    while (!outbox.empty()) write_some(outbox, wire, room);
    EXPECT_EQ(wire, expected);
    EXPECT_EQ(outbox.frames(), 0u);
  }
}

TEST(Outbox, AFrameThatIsHalfWrittenIsFinishedWhenTheRestIsDropped) {
  Outbox outbox;
  outbox.push(Opcode::text, shared("first"));
  outbox.push(Opcode::text, shared("second"));
  std::string wire;
  write_some(outbox, wire, 4);
  outbox.drop_unbegun();
  outbox.push(Opcode::close, shared("\x0F\xA2"));
  while (!outbox.empty()) write_some(outbox, wire, 3);
  EXPECT_EQ(wire,
            "\x81\x05"
            "first\x88\x02\x0F\xA2");
}

TEST(Outbox, OneOpcodeCanBeDroppedAndTheOrderOfTheOthersStays) {
  Outbox outbox;
  outbox.push(Opcode::text, shared("a"));
  outbox.push(Opcode::pong, shared("old"));
  outbox.push(Opcode::text, shared("b"));
  EXPECT_EQ(outbox.unbegun(Opcode::pong), 1u);
  outbox.drop_unbegun(Opcode::pong);
  EXPECT_EQ(outbox.unbegun(Opcode::pong), 0u);
  outbox.push(Opcode::pong, shared("new"));
  EXPECT_EQ(outbox.octets(), 3u + 3u + 5u);
  std::string wire;
  while (!outbox.empty()) write_some(outbox, wire, 100);
  EXPECT_EQ(wire,
            "\x81\x01"
            "a\x81\x01"
            "b\x8A\x03new");
}

TEST(Outbox, DroppingEverythingFromAnUntouchedOutboxEmptiesIt) {
  Outbox outbox;
  outbox.push(Opcode::text, shared("a"));
  outbox.drop_unbegun();
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.frames(), 0u);
}

TEST(Outbox, PayloadsAreSharedAndLetGoWhenWritten) {
  Outbox outbox;
  const auto payload = shared("shared");
  outbox.push(Opcode::text, payload);
  EXPECT_EQ(payload.use_count(), 2);
  std::string wire;
  write_some(outbox, wire, 100);
  EXPECT_EQ(payload.use_count(), 1);
}

}  // namespace
}  // namespace switchboard::net
