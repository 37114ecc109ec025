// What one message costs in the codec: post in, ack out, entry out, in both encodings. A relayed message pays
// decode(post) + encode(ack) + encode_entry_body + encode(entries) once each.
#include <benchmark/benchmark.h>

#include "proto/codec.hpp"

namespace {

using namespace switchboard::proto;

const std::string text_of_128_octets =
    "您好，这款精华适合敏感肌吗？我上次用别家的有点泛红，想问问成分里有没有酒精，还有现在下单今天能发货吗";
const std::string conversation = "01hf3k9v5r8q2m4n6p7s";
const std::string client_id = "Zk3vQ9x0a7Lr5TnW2bEy8g";

ClientFrame post() {
  return {17, Post{conversation, client_id, 9, 0, {text_of_128_octets}}};
}
ServerFrame ack() {
  return {17, Ack{conversation, client_id, 1, 18, 1'700'000'000'000, false}};
}
Entry entry() {
  return {18,
          1'700'000'000'000,
          client_id,
          {Role::visitor, "01hf3k9v5r8q2m4n6p00", "小雨", ""},
          Content{text_of_128_octets}};
}
ServerFrame entries(int n) {
  return {0, Entries{conversation, 1, std::vector<Entry>(static_cast<std::size_t>(n), entry())}};
}

Encoding encoding(const benchmark::State& state) {
  return state.range(0) == 0 ? Encoding::protobuf : Encoding::json;
}

void decode_post(benchmark::State& state) {
  const std::string bytes = encode(encoding(state), post());
  for (auto _ : state) benchmark::DoNotOptimize(decode_client(encoding(state), bytes));
  state.counters["octets"] = static_cast<double>(bytes.size());
}

void encode_ack(benchmark::State& state) {
  const ServerFrame frame = ack();
  for (auto _ : state) benchmark::DoNotOptimize(encode(encoding(state), frame));
}

void encode_entries(benchmark::State& state) {
  const ServerFrame frame = entries(static_cast<int>(state.range(1)));
  for (auto _ : state) benchmark::DoNotOptimize(encode(encoding(state), frame));
  state.counters["octets"] = static_cast<double>(encode(encoding(state), frame).size());
}

void encode_body(benchmark::State& state) {
  const Entry value = entry();
  for (auto _ : state) benchmark::DoNotOptimize(encode_entry_body(value));
}

void decode_body(benchmark::State& state) {
  const std::string bytes = encode_entry_body(entry());
  for (auto _ : state) benchmark::DoNotOptimize(decode_entry_body(bytes));
}

BENCHMARK(decode_post)->ArgName("json")->Arg(0)->Arg(1);
BENCHMARK(encode_ack)->ArgName("json")->Arg(0)->Arg(1);
BENCHMARK(encode_entries)
    ->ArgNames({"json", "entries"})
    ->Args({0, 1})
    ->Args({1, 1})
    ->Args({0, 200})
    ->Args({1, 200});
BENCHMARK(encode_body);
BENCHMARK(decode_body);

}  // namespace

BENCHMARK_MAIN();
