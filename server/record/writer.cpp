#include "server/record/writer.hpp"

#include "router/event_line.hpp"

namespace switchboard::record {

namespace {

void add_escaped(std::string& text, std::string_view name) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : name) {
    if (c > ' ' && c < 127 && c != '%') {
      text += c;
      continue;
    }
    const auto octet = static_cast<unsigned char>(c);
    text += {'%', kHex[octet >> 4], kHex[octet & 15]};
  }
}

}  // namespace

std::string head_line(std::string_view shop) {
  std::string line = "switchboard-record/1 shop=";
  add_escaped(line, shop);
  return line + '\n';
}

std::string page_line(std::uint64_t epoch, std::uint64_t number) {
  return "page " + std::to_string(epoch) + ' ' + std::to_string(number) + '\n';
}

void add_chapter(std::string& text, router::Millis time, std::string_view why) {
  text.append("chapter ").append(std::to_string(time)).append(" ");
  add_escaped(text, why);
  text += '\n';
}

void add_name(std::string& text, std::string_view kind, std::uint64_t number, std::string_view name) {
  text.append("name ").append(kind).append(" ").append(std::to_string(number)).append(" ");
  add_escaped(text, name);
  text += '\n';
}

void add_event(std::string& text, router::Millis now, const router::Event& event) {
  text.append("e ").append(std::to_string(now)).append(" ").append(router::to_line(event)).append("\n");
}

void add_decision(std::string& text, const router::Decision& decision) {
  text.append("d ").append(router::to_line(decision)).append("\n");
}

void add_end(std::string& text) {
  text += "end\n";
}

}  // namespace switchboard::record
