#include "server/base/metrics.hpp"

#include <map>
#include <mutex>

namespace switchboard {
namespace {

// All that share a name: one help text, one type, a value for each set of labels.
template <class Value>
struct Family {
  std::string help;
  std::map<std::string, std::unique_ptr<Value>, std::less<>> by_labels;
};

template <class Value>
using Families = std::map<std::string, Family<Value>, std::less<>>;

template <class Value>
Value& find_or_make(Families<Value>& families, std::string_view name, std::string_view help,
                    std::string_view labels) {
  Family<Value>& family = families[std::string(name)];
  if (family.help.empty()) family.help = help;
  std::unique_ptr<Value>& value = family.by_labels[std::string(labels)];
  if (!value) value = std::make_unique<Value>();
  return *value;
}

template <class Value>
void render_families(const Families<Value>& families, std::string_view type, std::string& out) {
  for (const auto& [name, family] : families) {
    out.append("# HELP ").append(name).append(" ").append(family.help).append("\n");
    out.append("# TYPE ").append(name).append(" ").append(type).append("\n");
    for (const auto& [labels, value] : family.by_labels) {
      out.append(name);
      if (!labels.empty()) out.append("{").append(labels).append("}");
      out.append(" ").append(std::to_string(value->value())).append("\n");
    }
  }
}

}  // namespace

struct Metrics::State {
  mutable std::mutex mutex;
  Families<Counter> counters;
  Families<Gauge> gauges;
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(std::string_view name, std::string_view help, std::string_view labels) {
  const std::lock_guard lock(state_->mutex);
  return find_or_make(state_->counters, name, help, labels);
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, std::string_view labels) {
  const std::lock_guard lock(state_->mutex);
  return find_or_make(state_->gauges, name, help, labels);
}

std::string Metrics::render() const {
  const std::lock_guard lock(state_->mutex);
  std::string out;
  render_families(state_->counters, "counter", out);
  render_families(state_->gauges, "gauge", out);
  return out;
}

}  // namespace switchboard
