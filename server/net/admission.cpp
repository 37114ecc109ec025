#include "server/net/admission.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <mutex>
#include <utility>

namespace switchboard::net {
namespace {

// An IPv4 address, or the first half of an IPv6 one: a single customer is commonly given a whole /64.
using Prefix = std::array<unsigned char, 8>;

struct Source {
  std::size_t connections = 0;
  TokenBucket accepts;
  std::chrono::steady_clock::time_point idle_since;
};

using Sources = std::map<Prefix, Source>;

// Sources that have no connection are remembered for their rate until there are this many more.
constexpr std::size_t forget_every = 4096;

Prefix prefix_of(const boost::asio::ip::address& address) {
  Prefix prefix{};
  if (address.is_v4()) {
    const auto octets = address.to_v4().to_bytes();
    prefix[0] = 0xFF;  // no global IPv6 prefix begins so
    std::memcpy(prefix.data() + 4, octets.data(), octets.size());
    return prefix;
  }
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) {
    return prefix_of(boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, v6));
  }
  const auto octets = v6.to_bytes();
  std::memcpy(prefix.data(), octets.data(), prefix.size());
  return prefix;
}

}  // namespace

std::string source_of(std::string_view text) {
  boost::system::error_code failed;
  const auto address = boost::asio::ip::make_address(text, failed);
  if (failed || address.is_v4()) return std::string(text);
  auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, v6).to_string();
  v6.scope_id(0);
  auto octets = v6.to_bytes();
  std::fill(octets.begin() + sizeof(Prefix), octets.end(), 0);
  return boost::asio::ip::address_v6(octets).to_string() + "/64";
}

struct Admission::State {
  explicit State(const AdmissionLimits& of) : limits(of) {}

  const AdmissionLimits limits;
  mutable std::mutex mutex;
  std::size_t connections = 0;
  std::size_t admitted_since_forgetting = 0;
  TokenBucket accepts;
  Sources sources;

  // Forgets sources that have been quiet for a minute, every so many admissions: the table follows what is
  // alive.
  void forget_quiet(std::chrono::steady_clock::time_point now) {
    if (++admitted_since_forgetting < forget_every) return;
    admitted_since_forgetting = 0;
    std::erase_if(sources, [&](const auto& entry) {
      return entry.second.connections == 0 && now - entry.second.idle_since > std::chrono::minutes(1);
    });
  }
};

std::shared_ptr<Admission> Admission::make(const AdmissionLimits& limits) {
  return std::shared_ptr<Admission>(new Admission(limits));
}

Admission::Admission(const AdmissionLimits& limits) : state_(std::make_unique<State>(limits)) {}
Admission::~Admission() = default;

Result<Admission::Ticket, AdmissionRefusal> Admission::admit(const boost::asio::ip::address& address,
                                                             std::chrono::steady_clock::time_point now) {
  State& state = *state_;
  const AdmissionLimits& limits = state.limits;
  const std::lock_guard lock(state.mutex);
  state.forget_quiet(now);
  if (limits.connections_max != 0 && state.connections >= limits.connections_max) {
    return AdmissionRefusal::too_many;
  }
  // The address first: one that comes too fast must not use up what all share.
  const auto entry = state.sources.try_emplace(prefix_of(address)).first;
  Source& source = entry->second;
  source.idle_since = now;
  if (limits.connections_per_address_max != 0 && source.connections >= limits.connections_per_address_max) {
    return AdmissionRefusal::too_many_from_address;
  }
  if (source.accepts.take(limits.accepts_per_address, now) > 0)
    return AdmissionRefusal::too_fast_from_address;
  if (state.accepts.take(limits.accepts, now) > 0) return AdmissionRefusal::too_fast;
  ++source.connections;
  ++state.connections;
  return Ticket(shared_from_this(), &*entry);
}

std::size_t Admission::count() const {
  const std::lock_guard lock(state_->mutex);
  return state_->connections;
}

std::size_t Admission::remembered() const {
  const std::lock_guard lock(state_->mutex);
  return state_->sources.size();
}

void Admission::release(void* entry) noexcept {
  const std::lock_guard lock(state_->mutex);
  --static_cast<Sources::value_type*>(entry)->second.connections;
  --state_->connections;
}

Admission::Ticket& Admission::Ticket::operator=(Ticket&& other) noexcept {
  Ticket released(std::move(*this));
  admission_ = std::move(other.admission_);
  entry_ = std::exchange(other.entry_, nullptr);
  return *this;
}

Admission::Ticket::~Ticket() {
  if (admission_) admission_->release(entry_);
}

}  // namespace switchboard::net
