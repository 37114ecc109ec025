// Who may come in: counts sockets in all and per address, and how fast they come. One object for all workers
// of a process (the counts would mean nothing otherwise); it is asked once per accepted socket, so a mutex is
// cheap enough.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/result.hpp"
#include "server/net/token_bucket.hpp"

namespace switchboard::net {

// Everything here is per process. 0 switches a limit off. An address is an IPv4 address or an IPv6 /64.
struct AdmissionLimits {
  std::size_t connections_max = 100'000;
  std::size_t connections_per_address_max = 200;
  RateLimit accepts{500, 1'000};
  RateLimit accepts_per_address{20, 60};
};

enum class AdmissionRefusal : std::uint8_t {
  too_many,
  too_many_from_address,
  too_fast,
  too_fast_from_address
};

// Who comes from this address, given as text: the address itself, or the /64 of an IPv6 one, all of which a
// single customer is commonly given. What is no address stays as it is.
std::string source_of(std::string_view address);

class Admission : public std::enable_shared_from_this<Admission> {
 public:
  // The place of one socket; given back when it is destroyed. Movable, may be destroyed on any thread.
  class Ticket {
   public:
    Ticket() = default;
    Ticket(Ticket&& other) noexcept = default;
    Ticket& operator=(Ticket&& other) noexcept;
    ~Ticket();

   private:
    friend class Admission;
    Ticket(std::shared_ptr<Admission> admission, void* entry)
        : admission_(std::move(admission)), entry_(entry) {}

    std::shared_ptr<Admission> admission_;
    void* entry_ = nullptr;  // the address's count
  };

  static std::shared_ptr<Admission> make(const AdmissionLimits& limits);
  ~Admission();

  // Asks for a place for a socket from `address` at time `now`. Any thread.
  [[nodiscard]] Result<Ticket, AdmissionRefusal> admit(const boost::asio::ip::address& address,
                                                       std::chrono::steady_clock::time_point now);

  // Sockets that hold a place now. Any thread.
  std::size_t count() const;

  // Addresses that are remembered: of those that hold no place the ones that came lately, to the minute and
  // to a few thousand admissions. Any thread.
  std::size_t remembered() const;

 private:
  struct State;
  explicit Admission(const AdmissionLimits& limits);
  void release(void* entry) noexcept;

  std::unique_ptr<State> state_;
};

}  // namespace switchboard::net
