// Prints a digest of every decision of random event sequences, and of the decisions for a trace: built with
// several compilers and levels of optimisation, it must print the same (R6, G8).
//   same_bytes TRACE_FOLDER
#include <cstdio>
#include <random>
#include <string>
#include <string_view>

#include "server/simulate/dispatcher.hpp"
#include "server/simulate/world.hpp"
#include "tests/fuzz/router_events.hpp"

namespace {

using namespace switchboard::router;  // NOLINT
namespace simulate = switchboard::simulate;

class Digest {  // FNV-1a, 64 bits
 public:
  void add(std::string_view text) {
    for (const char c : text) value_ = (value_ ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
  void add(std::int64_t number) { add(std::to_string(number) + ";"); }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 14695981039346656037ULL;
};

// Most octets lead to events that name something unknown; what is left is still some thousand decisions.
void random_events(std::uint64_t seed, Digest& digest, std::uint64_t& decisions) {
  std::mt19937_64 dice(seed);
  std::vector<std::uint8_t> octets(6'000);
  for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>(dice() >> 20);
  Bytes bytes(octets.data(), octets.size());
  EventWriter writer(bytes);
  Router router(writer.policy());
  router.handle(Started{}, 0);
  Millis now = 0;
  while (!bytes.done()) {
    now += 250 * bytes.next(20);
    const Event event = bytes.next(4) == 0 ? Event(Tick{}) : writer.event(now);
    for (const Decision& d : router.handle(event, now)) digest.add(to_line(d));
    for (std::uint64_t id = 0; id < 24; ++id) {
      digest.add(static_cast<std::int64_t>(router.position(ConversationId(id)).value_or(0)));
      const Eta eta = router.eta(ConversationId(id)).value_or(Eta{});
      digest.add(eta.p50_ms);
      digest.add(eta.p90_ms);
    }
  }
  decisions += router.decisions_made();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  Digest random;
  std::uint64_t decisions = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) random_events(seed, random, decisions);
  std::printf("%llu decisions of random events: %016llx\n", static_cast<unsigned long long>(decisions),
              static_cast<unsigned long long>(random.value()));

  const auto trace = simulate::read_trace(argv[1]);
  if (!trace) {
    std::fprintf(stderr, "%s\n", trace.error().c_str());
    return 1;
  }
  const auto dispatcher = simulate::router_dispatcher(*trace, simulate::policy_for(*trace));
  const simulate::Run run = simulate::play(*trace, *dispatcher, 0);
  Digest played;
  for (const simulate::Fate& fate : run.fates) {
    played.add(static_cast<std::int64_t>(fate.outcome));
    played.add(fate.agent);
    played.add(fate.start_ms);
    played.add(fate.end_ms);
  }
  std::printf("%llu decisions for the trace: %016llx\n", static_cast<unsigned long long>(run.decisions),
              static_cast<unsigned long long>(played.value()));
  return decisions > 1'000 && run.decisions > 100 ? 0 : 1;
}
