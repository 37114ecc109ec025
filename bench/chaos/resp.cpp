#include "bench/chaos/resp.hpp"

#include <charconv>

namespace switchboard::chaos {

namespace {

constexpr int depth_max = 16;

struct Line {
  char type = 0;
  std::string_view rest;
  std::size_t octets = 0;  // with its end; 0: not whole
};

Line first_line(std::string_view octets) {
  const auto end = octets.find("\r\n");
  if (octets.empty() || end == std::string_view::npos || end == 0) return {};
  return {octets.front(), octets.substr(1, end - 1), end + 2};
}

std::optional<long long> number_of(std::string_view digits) {
  long long number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

std::size_t whole(std::string_view octets, int depth) {
  if (depth > depth_max) return no_resp;
  const Line line = first_line(octets);
  if (line.octets == 0) return 0;
  switch (line.type) {
    case '+':
    case '-':
    case ':':
    case '_':
    case '#':
    case ',':
    case '(':
      return line.octets;
    case '$':
    case '=':
    case '!': {
      const auto size = number_of(line.rest);
      if (!size) return no_resp;
      if (*size < 0) return line.octets;
      const auto all = line.octets + static_cast<std::size_t>(*size) + 2;
      return octets.size() < all ? 0 : all;
    }
    case '*':
    case '~':
    case '>':
    case '%': {
      const auto count = number_of(line.rest);
      if (!count) return no_resp;
      std::size_t taken = line.octets;
      for (long long i = 0; i < *count * (line.type == '%' ? 2 : 1); ++i) {
        const auto one = whole(octets.substr(taken), depth + 1);
        if (one == 0 || one == no_resp) return one;
        taken += one;
      }
      return taken;
    }
    default:
      return no_resp;
  }
}

}  // namespace

std::size_t whole_value(std::string_view octets) {
  return whole(octets, 0);
}

std::vector<std::string_view> words_of(std::string_view command) {
  Line line = first_line(command);
  if (line.octets == 0 || line.type != '*') return {};
  const auto count = number_of(line.rest);
  std::vector<std::string_view> words;
  for (long long i = 0; count && i < *count; ++i) {
    command.remove_prefix(line.octets);
    line = first_line(command);
    const auto size = number_of(line.rest);
    if (line.type != '$' || !size || *size < 0 ||
        command.size() < line.octets + static_cast<std::size_t>(*size) + 2)
      return {};
    words.push_back(command.substr(line.octets, static_cast<std::size_t>(*size)));
    line.octets += static_cast<std::size_t>(*size) + 2;
  }
  return words;
}

std::string command_of(const std::vector<std::string_view>& words) {
  std::string octets = "*" + std::to_string(words.size()) + "\r\n";
  for (const auto word : words)
    octets.append("$").append(std::to_string(word.size())).append("\r\n").append(word).append("\r\n");
  return octets;
}

}  // namespace switchboard::chaos
