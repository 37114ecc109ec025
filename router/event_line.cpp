// Writer and reader side by side, field by field in the same order: whoever adds a field adds it to both.
#include "router/event_line.hpp"

#include <array>
#include <charconv>
#include <type_traits>
#include <utility>

namespace switchboard::router {

namespace {

constexpr std::array<const char*, 4> kStatusNames = {"offline", "on_break", "drain", "available"};
constexpr std::array<const char*, 3> kLineNames = {"lost", "suspect", "live"};
constexpr std::array<const char*, 3> kAssignmentNames = {"offered", "active", "parked"};
constexpr std::array<const char*, 3> kWishNames = {"any", "prefer", "strict"};

// --- fields: one description, used by the writer and by the reader

class Writer {
 public:
  explicit Writer(const char* word) : line_(word) {}
  std::string take() { return std::move(line_); }

  template <class T>
  bool number(const char* key, const T& value) {
    name(key);
    digits(value);
    return true;
  }
  template <class Tag, class Rep>
  bool number(const char* key, const Id<Tag, Rep>& id) {
    return number(key, id.value);
  }
  bool flag(const char* key, const bool& value) { return number(key, value ? 1 : 0); }
  template <class T>
  bool maybe(const char* key, const std::optional<T>& value) {
    return !value || number(key, *value);
  }
  template <class Enum, std::size_t n>
  bool word(const char* key, const Enum& value, const std::array<const char*, n>& names) {
    name(key);
    line_ += names[static_cast<std::size_t>(value)];
    return true;
  }
  // Left out if empty.
  template <class T, class Each>
  bool list(const char* key, const std::vector<T>& values, Each each) {
    if (values.empty()) return true;
    name(key);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) line_ += ',';
      each(*this, values[i]);
    }
    return true;
  }
  template <class T>
  bool digits(const T& value) {
    line_ += std::to_string(value);
    return true;
  }
  template <class Tag, class Rep>
  bool digits(const Id<Tag, Rep>& id) {
    return digits(id.value);
  }
  bool colon() {
    line_ += ':';
    return true;
  }

 private:
  void name(const char* key) {
    line_ += ' ';
    line_ += key;
    line_ += '=';
  }
  std::string line_;
};

// Each function is false when what stands there is not what to_line would have written.
class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}
  bool done() const { return rest_.empty(); }

  template <class T>
  bool number(const char* key, T& value) {
    return name(key) && digits(value);
  }
  bool flag(const char* key, bool& value) {
    int number = 0;
    if (!name(key) || !digits(number) || number < 0 || number > 1) return false;
    value = number == 1;
    return true;
  }
  template <class T>
  bool maybe(const char* key, std::optional<T>& value) {
    if (!stands(key)) return true;
    return number(key, value.emplace());
  }
  template <class Enum, std::size_t n>
  bool word(const char* key, Enum& value, const std::array<const char*, n>& names) {
    if (!name(key)) return false;
    const std::string_view found = rest_.substr(0, rest_.find_first_of(" :"));
    for (std::size_t i = 0; i < n; ++i) {
      if (found != names[i]) continue;
      value = static_cast<Enum>(i);
      rest_.remove_prefix(found.size());
      return true;
    }
    return false;
  }
  template <class T, class Each>
  bool list(const char* key, std::vector<T>& values, Each each) {
    values.clear();
    if (!stands(key)) return true;
    if (!name(key)) return false;
    do {
      if (values.size() == kEventListMax || !each(*this, values.emplace_back())) return false;
    } while (skip(','));
    return true;
  }
  // No sign but of a negative number, no leading zero: there is one way to write a number.
  template <class T>
  bool digits(T& value) {
    const char* end = rest_.data() + rest_.size();
    const auto [stop, error] = std::from_chars(rest_.data(), end, value);
    if (error != std::errc()) return false;
    const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(stop - rest_.data()));
    const bool plain = taken == "0" || (taken[0] != '0' && !taken.starts_with("-0"));
    rest_.remove_prefix(taken.size());
    return plain;
  }
  template <class Tag, class Rep>
  bool digits(Id<Tag, Rep>& id) {
    return digits(id.value);
  }
  bool colon() { return skip(':'); }

 private:
  bool stands(std::string_view key) const {
    return rest_.size() > key.size() + 2 && rest_[0] == ' ' && rest_.substr(1, key.size()) == key &&
           rest_[1 + key.size()] == '=';
  }
  bool name(std::string_view key) {
    if (!stands(key)) return false;
    rest_.remove_prefix(key.size() + 2);
    return true;
  }
  bool skip(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string_view rest_;
};

// Events as they are read are changed, as they are written they are not.
template <class Form, class T>
using Of = std::conditional_t<std::is_same_v<Form, Writer>, const T, T>;

constexpr auto kDigits = [](auto& form, auto& value) { return form.digits(value); };

template <class Form>
bool wish(Form& form, Of<Form, Wish>& w) {
  if (!form.word("wish", w.kind, kWishNames)) return false;
  return w.kind == WishKind::any || (form.colon() && form.digits(w.persona));
}

template <class Form>
bool visit(Form& form, Of<Form, Visit>& v) {
  return form.number("skill", v.skill) && wish(form, v.wish) && form.number("tier", v.tier) &&
         form.maybe("last", v.last_agent) && form.list("former", v.former_agents, kDigits) &&
         form.number("entered", v.entered_at);
}

template <class Form>
bool policy(Form& form, Of<Form, Policy>& p) {
  const auto tier = [](auto& f, auto& t) {
    return f.digits(t.head_start_ms) && f.colon() && f.digits(t.rate_pm);
  };
  return form.list("target", p.target_ms, kDigits) && form.number("personas", p.persona_count) &&
         form.list("tiers", p.tiers, tier) && form.number("persona_bonus", p.persona_bonus_ms) &&
         form.number("sticky_bonus", p.sticky_bonus_ms) &&
         form.flag("sticky_over_persona", p.sticky_over_persona) &&
         form.number("sticky_hold", p.sticky_hold_ms) && form.number("persona_hold", p.persona_hold_ms) &&
         form.number("sticky_worth", p.sticky_worth_pm) && form.number("persona_worth", p.persona_worth_pm) &&
         form.number("handling_start", p.handling_start_ms) &&
         form.list("overflow", p.overflow_ms, kDigits) && form.number("overflow_idle", p.overflow_idle_pm) &&
         form.number("taper", p.taper_ms) && form.number("ramp", p.ramp_ms) &&
         form.number("park_units", p.park_units) && form.number("exclusion", p.exclusion_ms) &&
         form.number("misses_to_break", p.misses_to_break) && form.number("max_wait", p.max_wait_ms) &&
         form.number("void_pause", p.void_pause_ms);
}

template <class Form, class T>
bool fields(Form& form, T& e) {
  using E = std::remove_const_t<T>;
  if constexpr (std::is_same_v<E, Tick> || std::is_same_v<E, Started>) {
    return true;
  } else if constexpr (std::is_same_v<E, PolicyChanged>) {
    return policy(form, e.policy);
  } else if constexpr (std::is_same_v<E, AgentConfigured>) {
    const auto level = [](auto& f, auto& s) { return f.digits(s.skill) && f.colon() && f.digits(s.level); };
    return form.number("agent", e.agent) && form.number("capacity", e.capacity) &&
           form.list("skills", e.skills, level) && form.maybe("persona", e.persona) &&
           form.maybe("shift_end", e.shift_end) && form.maybe("last_offer", e.last_offer);
  } else if constexpr (std::is_same_v<E, AgentStatusChanged>) {
    return form.number("agent", e.agent) && form.word("status", e.status, kStatusNames);
  } else if constexpr (std::is_same_v<E, AgentLineChanged>) {
    return form.number("agent", e.agent) && form.word("line", e.line, kLineNames);
  } else if constexpr (std::is_same_v<E, VisitorArrived>) {
    return form.number("conversation", e.conversation) && visit(form, e.visit);
  } else if constexpr (std::is_same_v<E, WishChanged>) {
    return form.number("conversation", e.conversation) && wish(form, e.wish);
  } else if constexpr (std::is_same_v<E, OfferAccepted> || std::is_same_v<E, OfferRefused> ||
                       std::is_same_v<E, OfferMissed> || std::is_same_v<E, OfferVoid>) {
    return form.number("conversation", e.conversation) && form.number("agent", e.agent);
  } else if constexpr (std::is_same_v<E, VisitorLeft> || std::is_same_v<E, ChatEnded> ||
                       std::is_same_v<E, ChatParked> || std::is_same_v<E, ChatWoken>) {
    return form.number("conversation", e.conversation);
  } else if constexpr (std::is_same_v<E, ChatRequeued>) {
    return form.number("conversation", e.conversation) && visit(form, e.visit) &&
           form.flag("exclude", e.exclude_agent);
  } else if constexpr (std::is_same_v<E, AssignmentRestored>) {
    return form.number("conversation", e.conversation) && form.number("agent", e.agent) &&
           form.word("state", e.state, kAssignmentNames) && visit(form, e.visit) &&
           form.number("started", e.started_at);
  } else if constexpr (std::is_same_v<E, ExclusionRestored>) {
    return form.number("conversation", e.conversation) && form.number("agent", e.agent) &&
           form.number("until", e.until);
  } else if constexpr (std::is_same_v<E, ForecastRestored>) {
    return form.list("learnt", e.learnt, kDigits);
  } else {
    static_assert(std::is_same_v<E, HandlingTimeRestored>);
    return form.number("skill", e.skill) && form.number("mean", e.mean_ms);
  }
}

template <std::size_t kind = 0>
std::optional<Event> read(std::string_view word, std::string_view rest) {
  if constexpr (kind == std::variant_size_v<Event>) {
    return std::nullopt;
  } else {
    if (word != event_name(static_cast<EventKind>(kind))) return read<kind + 1>(word, rest);
    std::variant_alternative_t<kind, Event> event{};
    Reader reader(rest);
    if (!fields(reader, event) || !reader.done()) return std::nullopt;
    return event;
  }
}

}  // namespace

std::string to_line(const Event& event) {
  Writer writer(event_name(static_cast<EventKind>(event.index())));
  std::visit([&](const auto& e) { fields(writer, e); }, event);
  return writer.take();
}

std::optional<Event> event_from_line(std::string_view line) {
  if (line.size() > kEventLineOctetsMax) return std::nullopt;
  const std::size_t end = std::min(line.find(' '), line.size());
  return read(line.substr(0, end), line.substr(end));
}

}  // namespace switchboard::router
