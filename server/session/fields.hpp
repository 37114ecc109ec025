// The bounds of what clients put into fields (S2). Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace switchboard::session {

inline constexpr std::size_t name_octets_max = 128;
inline constexpr std::size_t reason_octets_max = 256;

inline bool is_word(std::string_view text, std::size_t least, std::size_t most) {
  return text.size() >= least && text.size() <= most && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                  c == '-';
         });
}

inline bool valid_conversation(std::string_view id) {
  return is_word(id, 1, 40);
}
inline bool valid_client_id(std::string_view id) {
  return is_word(id, 16, 40);
}
inline bool valid_device(std::string_view id) {
  return is_word(id, 8, 40);
}

// Empty if the text may be posted, else a sentence that names the bound. The codec has seen to it that it is
// UTF-8.
inline std::string_view text_problem(std::string_view text, std::size_t octets_max) {
  if (text.size() > octets_max) return "text: longer than limits.text_octets_max";
  const bool blank =
      std::ranges::all_of(text, [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
  if (blank) return "text: empty";
  if (text.find('\0') != std::string_view::npos) return "text: holds a NUL";
  return {};
}

}  // namespace switchboard::session
