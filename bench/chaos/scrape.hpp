// What a gateway says of itself at /metrics.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace switchboard::chaos {

// The text of /metrics of the gateway on this port of loopback; nullopt if it has not come whole `within`
// that time. Blocks.
std::optional<std::string> scrape(const boost::asio::ip::tcp::endpoint& gateway,
                                  std::chrono::milliseconds within);

// The value of a counter without labels; 0 if it is not there.
std::uint64_t counter_in(std::string_view text, std::string_view name);

}  // namespace switchboard::chaos
