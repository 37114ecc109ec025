// The frames of frames.proto as plain values: what everything behind the wire speaks. Same nouns, same
// meaning, same order; codec.cpp alone translates. Text is valid UTF-8 on both sides of the codec.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace switchboard::proto {

using Millis = std::int64_t;

enum class Role : std::uint8_t { unspecified = 0, visitor = 1, agent = 2, system = 3 };
enum class WishMode : std::uint8_t { any = 0, prefer = 1, strict = 2 };
enum class ConversationState : std::uint8_t {
  unspecified = 0,
  waiting = 1,
  offered = 2,
  active = 3,
  closed = 4
};
enum class AgentStatus : std::uint8_t { offline = 0, available = 1, drain = 2, on_break = 3 };
enum class Trigger : std::uint8_t {
  unspecified = 0,
  opened = 1,
  waiting = 2,
  assigned = 3,
  agent_away = 4,
  closed = 5
};
enum class RequeueReason : std::uint8_t { unspecified = 0, agent_lost = 1, transfer = 2 };
enum class OfferEndReason : std::uint8_t {
  unspecified = 0,
  accepted = 1,
  missed = 2,
  declined = 3,
  withdrawn = 4
};
enum class AssignReason : std::uint8_t {
  unspecified = 0,
  last_agent = 1,
  wished_persona = 2,
  first_free = 3,
  your_turn = 4,
  other_persona = 5,
};
enum class WaitReason : std::uint8_t {
  unspecified = 0,
  all_busy = 1,
  for_persona = 2,
  for_last_agent = 3,
  nobody_on_shift = 4,
  persona_not_on_shift = 5,
};
enum class ErrorCode : std::uint8_t {
  unspecified = 0,
  bad_frame = 1,
  not_signed_in = 2,
  invalid = 3,
  not_allowed = 4,
  not_found = 5,
  closed = 6,
  number_gap = 7,
  duplicate_differs = 8,
  stale = 9,
  full = 10,
  busy = 11,
  try_again = 12,
  internal = 13,
  already_signed_in = 14,
};

struct Person {
  Role role = Role::unspecified;
  std::string id;
  std::string name;
  std::string persona;
  friend bool operator==(const Person&, const Person&) = default;
};

struct Wish {
  WishMode mode = WishMode::any;
  std::string persona;
  friend bool operator==(const Wish&, const Wish&) = default;
};

struct Position {
  std::string conversation;
  std::uint32_t epoch = 0;
  std::uint32_t seq = 0;
  friend bool operator==(const Position&, const Position&) = default;
};

struct Content {
  std::string text;
  friend bool operator==(const Content&, const Content&) = default;
};

// ---------------------------------------------------------------- from the client

struct Hello {
  std::string shop;
  std::string token;
  std::string device;
  std::string name;
  std::string language;
  std::vector<Position> positions;
  std::string client;
};
struct OpenConversation {
  std::string skill;
  Wish wish;
  std::string client_id;  // the same at every repeat; empty: none
};
struct ChangeWish {
  std::string conversation;
  Wish wish;
};
struct Post {
  std::string conversation;
  std::string client_id;
  std::uint32_t number = 0;
  std::uint32_t fence = 0;
  Content content;
};
struct SetTyping {
  std::string conversation;
  bool on = false;
};
struct MarkRead {
  std::string conversation;
  std::uint32_t seq = 0;
};
struct CloseConversation {
  std::string conversation;
};
struct Heartbeat {};
struct SetStatus {
  AgentStatus status = AgentStatus::offline;
  std::string reason;
};
struct AcceptOffer {
  std::string conversation;
  std::uint32_t fence = 0;
};
struct DeclineOffer {
  std::string conversation;
  std::uint32_t fence = 0;
  std::string reason;
};
struct Follow {
  Position position;
};
struct AskWhy {
  std::string conversation;
};
struct AskDecisions {
  std::uint32_t limit = 0;
  std::string before;
};

struct ClientFrame {
  std::uint32_t ref = 0;
  std::variant<std::monostate, Hello, OpenConversation, ChangeWish, Post, SetTyping, MarkRead,
               CloseConversation, Heartbeat, SetStatus, AcceptOffer, DeclineOffer, Follow, AskWhy,
               AskDecisions>
      body;
};

// ---------------------------------------------------------------- from the server

struct Limits {
  std::uint32_t message_octets_max = 0;
  std::uint32_t text_octets_max = 0;
  std::uint32_t messages_per_second = 0;
  std::uint32_t burst = 0;
};
struct Skill {
  std::string id;
  std::map<std::string, std::string> names;
};
struct Persona {
  std::string id;
  std::map<std::string, std::string> names;
  std::map<std::string, std::string> taglines;
  std::string color;
};
struct Shop {
  std::string id;
  std::string name;
  std::vector<Skill> skills;
  std::vector<Persona> personas;
  std::vector<std::string> languages;
};
struct QuickReply {
  std::string stage;
  std::string shortcut;
  std::string title;
  std::string text;
};
struct Conversation {
  std::string id;
  std::uint32_t epoch = 0;
  ConversationState state = ConversationState::unspecified;
  std::string skill;
  Wish wish;
  Person visitor;
  Person agent;
  std::uint32_t fence = 0;
  std::uint32_t tier = 0;
  Millis entered_ms = 0;
  std::uint32_t head = 0;
  std::uint32_t read_by_visitor = 0;
  std::uint32_t read_by_agent = 0;
  bool returning = false;
  std::uint32_t your_last_number = 0;
  std::int64_t parked_ms = 0;
};
struct PersonaAvailability {
  std::string persona;
  std::uint32_t free = 0;
  std::uint32_t on_shift = 0;
  std::uint32_t eta_p50_ms = 0;
  friend bool operator==(const PersonaAvailability&, const PersonaAvailability&) = default;
};
struct Availability {
  std::vector<PersonaAvailability> personas;
  std::uint32_t free = 0;
  std::uint32_t eta_p50_ms = 0;
  bool open = false;
  friend bool operator==(const Availability&, const Availability&) = default;
};
struct Status {
  AgentStatus status = AgentStatus::offline;
  std::string reason;
};
struct Welcome {
  std::string session;
  Person you;
  std::string token;
  Limits limits;
  std::uint32_t heartbeat_ms = 0;
  Millis now_ms = 0;
  Shop shop;
  std::vector<Conversation> conversations;
  Availability availability;
  Status status;
  std::vector<QuickReply> quick_replies;
  std::uint32_t capacity = 0;
  bool supervisor = false;
};
struct Done {};
struct Error {
  ErrorCode code = ErrorCode::unspecified;
  std::string message;
  std::uint32_t retry_after_ms = 0;
  std::uint32_t last_number = 0;
};
struct Ack {
  std::string conversation;
  std::string client_id;
  std::uint32_t epoch = 0;
  std::uint32_t seq = 0;
  Millis time_ms = 0;
  bool duplicate = false;
};
struct AutoReply {
  Trigger trigger = Trigger::unspecified;
  std::string text;
  std::string persona;
};
struct AssignedNote {
  Person agent;
  AssignReason reason = AssignReason::unspecified;
};
struct RequeuedNote {
  RequeueReason reason = RequeueReason::unspecified;
};
struct ClosedNote {
  Role by = Role::unspecified;
};
struct Entry {
  std::uint32_t seq = 0;
  Millis time_ms = 0;
  std::string client_id;
  Person author;
  std::variant<std::monostate, Content, AutoReply, AssignedNote, RequeuedNote, ClosedNote> body;
};
struct Entries {
  std::string conversation;
  std::uint32_t epoch = 0;
  std::vector<Entry> entries;
};
struct Typing {
  std::string conversation;
  Role role = Role::unspecified;
  bool on = false;
};
struct ReadMark {
  std::string conversation;
  Role role = Role::unspecified;
  std::uint32_t seq = 0;
};
struct QueueUpdate {
  std::string conversation;
  std::uint32_t position = 0;
  std::uint32_t eta_p50_ms = 0;
  std::uint32_t eta_p90_ms = 0;
  bool passed_by_priority = false;
  WaitReason reason = WaitReason::unspecified;
};
struct Offer {
  std::string conversation;
  std::uint32_t fence = 0;
  std::uint32_t expires_in_ms = 0;
  std::string skill;
  Wish wish;
  Person visitor;
  std::uint32_t tier = 0;
  Millis entered_ms = 0;
  std::string preview;
  bool returning = false;
};
struct OfferEnd {
  std::string conversation;
  std::uint32_t fence = 0;
  OfferEndReason reason = OfferEndReason::unspecified;
};
struct Reset {
  std::string conversation;
  std::uint32_t epoch = 0;
};
struct Reconnect {
  std::uint32_t after_ms = 0;
};

struct AgentRank {
  std::string agent;
  std::string name;
  std::uint32_t level = 0;
  std::uint32_t load_pm = 0;
  std::uint32_t demand_pm = 0;
  Millis last_offer_ms = 0;
  bool shift_ends_soon = false;
  friend bool operator==(const AgentRank&, const AgentRank&) = default;
};
struct AgentChoice {
  std::uint32_t on_duty = 0;
  std::uint32_t not_open = 0;
  std::uint32_t level_closed = 0;
  std::uint32_t other_persona = 0;
  std::uint32_t excluded = 0;
  std::uint32_t candidates = 0;
  AgentRank winner;
  AgentRank runner_up;
  friend bool operator==(const AgentChoice&, const AgentChoice&) = default;
};
struct VisitorRank {
  std::int64_t score = 0;
  std::uint32_t waited_ms = 0;
  friend bool operator==(const VisitorRank&, const VisitorRank&) = default;
};
struct VisitorChoice {
  std::uint32_t lines = 0;
  std::uint32_t level_closed = 0;
  std::uint32_t strict_other = 0;
  std::uint32_t held = 0;
  std::uint32_t excluded = 0;
  std::uint32_t candidates = 0;
  VisitorRank winner;
  VisitorRank runner_up;
  friend bool operator==(const VisitorChoice&, const VisitorChoice&) = default;
};
struct Why {
  std::string conversation;
  AssignReason reason = AssignReason::unspecified;
  std::uint32_t waited_ms = 0;
  Millis decided_ms = 0;
  AgentChoice agents;      // all zero: not this choice
  VisitorChoice visitors;  // likewise
  std::string event;
};
struct Decision {
  std::string id;
  Millis time_ms = 0;
  Person visitor;
  Person agent;
  std::uint32_t level = 0;
  std::string skill;
  Wish wish;
  std::uint32_t tier = 0;
  Why why;
};
struct Decisions {
  std::vector<Decision> decisions;
};

struct ServerFrame {
  std::uint32_t ref = 0;
  std::variant<std::monostate, Welcome, Done, Error, Ack, Conversation, Entries, Typing, ReadMark,
               QueueUpdate, Availability, Offer, OfferEnd, Status, Reset, Reconnect, Why, Decisions>
      body;
};

}  // namespace switchboard::proto
