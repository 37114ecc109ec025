// Decisions as lines: numbers and fixed words, in a fixed order.
#include "router/decisions.hpp"

#include "router/events.hpp"

namespace switchboard::router {

const char* rule_name(Rule rule) {
  switch (rule) {
    case Rule::last_agent:
      return "last_agent";
    case Rule::wanted_persona:
      return "wanted_persona";
    case Rule::best_agent:
      return "best_agent";
    case Rule::best_visitor:
      return "best_visitor";
  }
  return "unknown";
}

const char* reason_name(WithdrawReason reason) {
  switch (reason) {
    case WithdrawReason::agent_gone:
      return "agent_gone";
    case WithdrawReason::shift_ended:
      return "shift_ended";
    case WithdrawReason::line_lost:
      return "line_lost";
  }
  return "unknown";
}

const char* reason_name(LeaveMessageReason reason) {
  switch (reason) {
    case LeaveMessageReason::nobody_on_shift:
      return "nobody_on_shift";
    case LeaveMessageReason::persona_not_on_shift:
      return "persona_not_on_shift";
    case LeaveMessageReason::max_wait:
      return "max_wait";
  }
  return "unknown";
}

const char* reason_name(RejectReason reason) {
  switch (reason) {
    case RejectReason::unknown_skill:
      return "unknown_skill";
  }
  return "unknown";
}

namespace {

class Line {
 public:
  Line& word(const char* text) {
    if (!line_.empty()) line_ += ' ';
    line_ += text;
    return *this;
  }
  template <class T>
  Line& number(const char* name, T value) {
    line_ += ' ';
    line_ += name;
    line_ += '=';
    line_ += std::to_string(value);
    return *this;
  }
  Line& text(const char* name, const char* value) {
    line_ += ' ';
    line_ += name;
    line_ += '=';
    line_ += value;
    return *this;
  }

  Line& key(const char* name, const AgentKey& k) {
    number(name, k.agent.value).number("taper", k.not_tapering ? 0 : 1).number("level", k.level);
    number("load", k.load_share).number("demand", k.demand_pm);
    return k.last_offer == kNeverOffered ? text("last", "never") : number("last", k.last_offer);
  }
  Line& key(const char* name, const VisitorKey& k) {
    return number(name, k.conversation.value).number("score", k.score).number("entered", k.entered_at);
  }

  Line& record(const DecisionRecord& r) {
    number("seq", r.sequence)
        .number("event", r.event)
        .text("cause", event_name(r.cause))
        .number("now", r.now);
    if (const auto* c = std::get_if<AgentChoice>(&r.why)) {
      number("on_duty", c->on_duty).number("not_open", c->not_open).number("level_closed", c->level_closed);
      number("other_persona", c->other_persona)
          .number("excluded", c->excluded)
          .number("candidates", c->candidates);
      key("winner", c->winner);
      if (c->runner_up) key("runner_up", *c->runner_up);
    } else if (const auto* v = std::get_if<VisitorChoice>(&r.why)) {
      number("heads", v->heads)
          .number("level_closed", v->level_closed)
          .number("strict_other", v->strict_other);
      number("held", v->held).number("excluded", v->excluded).number("candidates", v->candidates);
      key("winner", v->winner);
      if (v->runner_up) key("runner_up", *v->runner_up);
    }
    return *this;
  }

  std::string take() { return std::move(line_); }

 private:
  std::string line_;
};

struct Writer {
  Line line;

  void operator()(const Offer& d) {
    line.word("offer").number("conversation", d.conversation.value).number("agent", d.agent.value);
    line.text("rule", rule_name(d.rule)).number("waited", d.waited_ms).record(d.record);
  }
  void operator()(const Withdraw& d) {
    line.word("withdraw").number("conversation", d.conversation.value).number("agent", d.agent.value);
    line.text("reason", reason_name(d.reason)).record(d.record);
  }
  void operator()(const PutOnBreak& d) {
    line.word("put_on_break").number("agent", d.agent.value).record(d.record);
  }
  void operator()(const Requeue& d) {
    line.word("requeue")
        .number("conversation", d.conversation.value)
        .number("from", d.from.value)
        .record(d.record);
  }
  void operator()(const OfferToLeaveMessage& d) {
    line.word("leave_message").number("conversation", d.conversation.value);
    line.text("reason", reason_name(d.reason)).number("eta_p50", d.eta_p50_ms).record(d.record);
  }
  void operator()(const Reject& d) {
    line.word("reject")
        .number("conversation", d.conversation.value)
        .text("reason", reason_name(d.reason))
        .record(d.record);
  }
};

}  // namespace

std::string to_line(const Decision& decision) {
  Writer writer;
  std::visit(writer, decision);
  return writer.line.take();
}

}  // namespace switchboard::router
