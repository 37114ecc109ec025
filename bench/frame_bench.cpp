// What a frame costs, without its system calls: taking it apart, unmasking, checking its UTF-8; and queueing
// one to send.
#include <benchmark/benchmark.h>

#include <array>
#include <memory>
#include <string>

#include "server/net/frame.hpp"
#include "server/net/outbox.hpp"

namespace switchboard::net {
namespace {

constexpr std::array<unsigned char, 4> mask{0x37, 0xFA, 0x21, 0x3D};

std::string chinese(std::size_t octets) {
  std::string text;
  while (text.size() + 30 <= octets) text += "亲，这款还有货的，";
  return text.append(octets - text.size(), '.');
}

std::string latin(std::size_t octets) {
  return std::string(octets, 'a');
}

// Unmasking happens in place, so each round works on a fresh copy; its cost is shown by copy_only.
void parse(benchmark::State& state, Opcode opcode, const std::string& payload) {
  std::string frame;
  append_client_frame(frame, opcode, payload, mask);
  std::string input;
  FrameParser parser(Role::server);
  for (auto _ : state) {
    input.assign(frame);
    const Parsed parsed = parser.next(input);
    if (parsed.payload.size() != payload.size()) state.SkipWithError("the message was not found");
    benchmark::DoNotOptimize(parsed.payload.data());
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(frame.size()));
}

void copy_only(benchmark::State& state) {
  const std::string frame(static_cast<std::size_t>(state.range(0)), 'x');
  std::string input;
  for (auto _ : state) {
    input.assign(frame);
    benchmark::DoNotOptimize(input.data());
  }
}

void parse_chinese(benchmark::State& state) {
  parse(state, Opcode::text, chinese(static_cast<std::size_t>(state.range(0))));
}
void parse_latin(benchmark::State& state) {
  parse(state, Opcode::text, latin(static_cast<std::size_t>(state.range(0))));
}
void parse_binary(benchmark::State& state) {
  parse(state, Opcode::binary, latin(static_cast<std::size_t>(state.range(0))));
}

void unmask(benchmark::State& state) {
  std::string octets = latin(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    apply_mask(octets, mask);
    benchmark::DoNotOptimize(octets.data());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void utf8(benchmark::State& state, const std::string& text) {
  for (auto _ : state) benchmark::DoNotOptimize(is_utf8(text));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void utf8_chinese(benchmark::State& state) {
  utf8(state, chinese(static_cast<std::size_t>(state.range(0))));
}
void utf8_latin(benchmark::State& state) {
  utf8(state, latin(static_cast<std::size_t>(state.range(0))));
}

// One message queued for `range` connections, gathered and written.
void fan_out(benchmark::State& state) {
  const auto payload = std::make_shared<const std::string>(latin(128));
  std::vector<Outbox> outboxes(static_cast<std::size_t>(state.range(0)));
  std::array<iovec, 64> pieces;
  for (auto _ : state) {
    for (Outbox& outbox : outboxes) {
      outbox.push(Opcode::binary, payload);
      benchmark::DoNotOptimize(outbox.gather(pieces));
      outbox.consume(outbox.octets());
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK(parse_chinese)->Arg(30)->Arg(128)->Arg(1024)->Arg(16384);
BENCHMARK(parse_latin)->Arg(30)->Arg(128)->Arg(1024)->Arg(16384);
BENCHMARK(parse_binary)->Arg(30)->Arg(128)->Arg(1024)->Arg(16384);
BENCHMARK(copy_only)->Arg(128)->Arg(16384);
BENCHMARK(unmask)->Arg(128)->Arg(16384);
BENCHMARK(utf8_chinese)->Arg(128)->Arg(16384);
BENCHMARK(utf8_latin)->Arg(128)->Arg(16384);
BENCHMARK(fan_out)->Arg(1)->Arg(1000);

}  // namespace
}  // namespace switchboard::net

BENCHMARK_MAIN();
