#include "bench/check/recorder.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <fstream>
#include <stdexcept>

namespace switchboard::check {

namespace js = boost::json;

namespace {

js::array array_of(const std::vector<Stored>& log) {
  js::array entries;
  for (const Stored& entry : log) {
    entries.push_back({{"seq", entry.seq},
                       {"device", entry.sender},
                       {"n", entry.number},
                       {"id", entry.client_id},
                       {"digest", entry.digest},
                       {"kind", std::int64_t{entry.kind}},
                       {"person", entry.person}});
  }
  return entries;
}

std::string text(const js::object& line, const char* name) {
  return std::string(line.at(name).as_string());
}

template <class Number>
Number number(const js::object& line, const char* name) {
  return line.at(name).to_number<Number>();
}

std::vector<Stored> log_of(const js::object& line) {
  std::vector<Stored> log;
  for (const js::value& one : line.at("log").as_array()) {
    const js::object& entry = one.as_object();
    log.push_back({number<std::uint32_t>(entry, "seq"), text(entry, "device"),
                   number<std::uint32_t>(entry, "n"), text(entry, "id"), number<Digest>(entry, "digest"),
                   number<char>(entry, "kind"), text(entry, "person")});
  }
  return log;
}

// Hands one line to the recorder that would have written it.
void take(const js::object& line, Recorder& into) {
  const auto what = text(line, "what");
  const auto in = [&] { return text(line, "conv"); };
  if (what == "opened") return into.opened(in(), text(line, "class"));
  if (what == "sent")
    return into.sent(in(), text(line, "id"), {text(line, "device"), 0, number<Digest>(line, "digest")});
  if (what == "acked")
    return into.acked(in(), {text(line, "device"), text(line, "id"), number<std::uint32_t>(line, "epoch"),
                             number<std::uint32_t>(line, "seq"), line.at("duplicate").as_bool(),
                             line.at("repeat").as_bool()});
  if (what == "refused") return into.refused(in(), text(line, "id"));
  if (what == "offered_again") return into.offered_again(in(), text(line, "id"));
  if (what == "refused_again") return into.refused_again(in(), text(line, "id"));
  if (what == "vanished") return into.vanished(in());
  if (what == "cuts") return into.cuts(number<std::uint64_t>(line, "times"));
  if (what == "received")
    return into.received(in(), {text(line, "device"), number<std::uint64_t>(line, "connection"),
                                number<std::uint32_t>(line, "epoch"), number<std::uint32_t>(line, "seq"),
                                text(line, "id"), number<Digest>(line, "digest")});
  if (what == "reader") return into.reader(in(), text(line, "device"));
  if (what == "closed") return into.closed(in());
  if (what == "overdue") return into.overdue(in());
  if (what == "unanswered") return into.unanswered(number<std::uint64_t>(line, "requests"));
  if (what == "leaked") return into.leaked(text(line, "device"));
  if (what == "stranded") return into.stranded(text(line, "device"));
  if (what == "capacity") return into.capacity(text(line, "agent"), number<std::uint32_t>(line, "places"));
  if (what == "park_units") return into.park_units(number<std::uint32_t>(line, "units"));
  if (what == "disturbed")
    return into.disturbed({number<std::int64_t>(line, "from_ms"), number<std::int64_t>(line, "to_ms")});
  if (what == "logged")
    return into.logged(in(), log_of(line), number<std::int64_t>(line, "entered_ms"),
                       number<std::uint32_t>(line, "epoch"));
  if (what == "shown") return into.shown(in(), log_of(line));
  if (what == "transitions") {
    std::vector<Transition> steps;
    for (const js::value& one : line.at("steps").as_array()) {
      const js::object& step = one.as_object();
      steps.push_back({number<char>(step, "kind"), text(step, "conv"), text(step, "agent"),
                       number<std::int64_t>(step, "t_ms")});
    }
    return into.transitions(std::move(steps), line.at("complete").as_bool());
  }
  if (what != "fault" && what != "heal" && what != "run")  // told for people
    throw std::runtime_error("unknown: " + what);
}

}  // namespace

// One line of the file, if there is one.
class Recorder::Line {
 public:
  Line(Recorder& recorder, const char* what) : file_(recorder.file_.get()) {
    if (!file_) return;
    using namespace std::chrono;
    line_["ns"] = duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
    line_["what"] = what;
  }
  ~Line() {
    if (!file_) return;
    const auto written = js::serialize(line_) + "\n";
    std::fwrite(written.data(), 1, written.size(), file_);
  }
  template <class Value>
  Line& with(const char* name, Value&& value) {
    if (file_) line_[name] = js::value_from(std::forward<Value>(value));
    return *this;
  }

 private:
  std::FILE* file_;
  js::object line_;
};

bool Recorder::keep(const std::filesystem::path& file) {
  file_.reset(std::fopen(file.c_str(), "we"));
  return file_ != nullptr;
}

void Recorder::flush() {
  if (file_) std::fflush(file_.get());
}

void Recorder::opened(const std::string& conversation, const std::string& queue_class) {
  Line(*this, "opened").with("conv", conversation).with("class", queue_class);
  history_.conversations[conversation].queue_class = queue_class;
}

void Recorder::sent(const std::string& conversation, const std::string& client_id, Sent sent) {
  Line(*this, "sent")
      .with("conv", conversation)
      .with("id", client_id)
      .with("device", sent.device)
      .with("digest", sent.digest);
  history_.conversations[conversation].sent[client_id] = std::move(sent);
}

void Recorder::acked(const std::string& conversation, Acked ack) {
  Line(*this, "acked")
      .with("conv", conversation)
      .with("device", ack.device)
      .with("id", ack.client_id)
      .with("epoch", ack.epoch)
      .with("seq", ack.seq)
      .with("duplicate", ack.duplicate)
      .with("repeat", ack.repeat);
  history_.conversations[conversation].acked.push_back(std::move(ack));
}

void Recorder::refused(const std::string& conversation, const std::string& client_id) {
  Line(*this, "refused").with("conv", conversation).with("id", client_id);
  history_.conversations[conversation].refused.insert(client_id);
}

void Recorder::offered_again(const std::string& conversation, const std::string& client_id) {
  Line(*this, "offered_again").with("conv", conversation).with("id", client_id);
  history_.conversations[conversation].offered_again[client_id] = false;
}

void Recorder::refused_again(const std::string& conversation, const std::string& client_id) {
  Line(*this, "refused_again").with("conv", conversation).with("id", client_id);
  history_.conversations[conversation].offered_again[client_id] = true;
}

void Recorder::vanished(const std::string& conversation) {
  Line(*this, "vanished").with("conv", conversation);
  history_.conversations[conversation].vanished = true;
}

void Recorder::cuts(std::uint64_t times) {
  Line(*this, "cuts").with("times", times);
  history_.cuts = times;
}

void Recorder::received(const std::string& conversation, Received entry) {
  Line(*this, "received")
      .with("conv", conversation)
      .with("device", entry.device)
      .with("connection", entry.connection)
      .with("epoch", entry.epoch)
      .with("seq", entry.seq)
      .with("id", entry.client_id)
      .with("digest", entry.digest);
  history_.conversations[conversation].received.push_back(std::move(entry));
}

void Recorder::reader(const std::string& conversation, const std::string& device) {
  Line(*this, "reader").with("conv", conversation).with("device", device);
  history_.conversations[conversation].readers.insert(device);
}

void Recorder::closed(const std::string& conversation) {
  Line(*this, "closed").with("conv", conversation);
  history_.conversations[conversation].closed = true;
}

void Recorder::overdue(const std::string& conversation) {
  if (!history_.overdue.insert(conversation).second) return;
  Line(*this, "overdue").with("conv", conversation);
}

void Recorder::unanswered(std::uint64_t requests) {
  if (requests == 0) return;
  Line(*this, "unanswered").with("requests", requests);
  history_.unanswered += requests;
}

void Recorder::leaked(const std::string& device) {
  Line(*this, "leaked").with("device", device);
  history_.leaked.insert(device);
}

void Recorder::stranded(const std::string& device) {
  Line(*this, "stranded").with("device", device);
  history_.stranded.insert(device);
}

void Recorder::capacity(const std::string& agent, std::uint32_t places) {
  Line(*this, "capacity").with("agent", agent).with("places", places);
  history_.capacity[agent] = places;
}

void Recorder::park_units(std::uint32_t units) {
  Line(*this, "park_units").with("units", units);
  history_.park_units = units;
}

void Recorder::disturbed(Span span) {
  Line(*this, "disturbed").with("from_ms", span.from_ms).with("to_ms", span.to_ms);
  history_.disturbed.push_back(span);
}

void Recorder::logged(const std::string& conversation, std::vector<Stored> log, std::int64_t entered_ms,
                      std::uint32_t epoch) {
  Line(*this, "logged")
      .with("conv", conversation)
      .with("entered_ms", entered_ms)
      .with("epoch", epoch)
      .with("log", array_of(log));
  Conversation& known = history_.conversations[conversation];
  known.log = std::move(log);
  known.log_read = true;
  known.entered_ms = entered_ms;
  known.epoch = epoch;
}

void Recorder::shown(const std::string& conversation, std::vector<Stored> log) {
  Line(*this, "shown").with("conv", conversation).with("log", array_of(log));
  Conversation& known = history_.conversations[conversation];
  known.shown = std::move(log);
  known.shown_read = true;
}

void Recorder::transitions(std::vector<Transition> steps, bool complete) {
  js::array all;
  if (file_) {
    for (const Transition& step : steps)
      all.push_back({{"kind", std::int64_t{step.kind}},
                     {"conv", step.conversation},
                     {"agent", step.agent},
                     {"t_ms", step.t_ms}});
  }
  Line(*this, "transitions").with("complete", complete).with("steps", std::move(all));
  history_.transitions = std::move(steps);
  history_.transitions_complete = complete;
}

std::string read_history(const std::filesystem::path& file, History& history) {
  std::ifstream in(file);
  if (!in) return "cannot read " + file.string();
  Recorder into(history);
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    try {
      take(js::parse(line).as_object(), into);
    } catch (const std::exception& error) {
      return file.string() + ":" + std::to_string(number) + ": " + error.what();
    }
  }
  return {};
}

}  // namespace switchboard::check
