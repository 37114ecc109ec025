// One of every frame, each field with a value of its own, so that a forgotten or swapped field shows.
#pragma once

#include <vector>

#include "proto/frames.hpp"

namespace switchboard::proto::samples {

inline Person visitor() {
  return {Role::visitor, "v-7", "小雨", ""};
}
inline Person agent() {
  return {Role::agent, "lin", "林", "crazy"};
}

inline Conversation conversation() {
  return {"c-1",
          4,
          ConversationState::active,
          "presale",
          {WishMode::prefer, "bold"},
          visitor(),
          agent(),
          5,
          2,
          1'700'000'000'001,
          17,
          16,
          15,
          true,
          3,
          1'700'000'000'002};
}

inline Availability availability() {
  return {{{"crazy", 2, 3, 40'000}, {"fresh", 0, 1, 90'000}}, 7, 20'000, true};
}

inline std::vector<ClientFrame> client_frames() {
  return {
      {1, Hello{"demo", "tok", "device-1", "雨", "zh", {{"c-1", 4, 17}, {"c-2", 1, 0}}, "test/1"}},
      {2, OpenConversation{"presale", {WishMode::strict, "bold"}, "an-open-of-hers-1"}},
      {3, OpenConversation{"presale", {}}},
      {4, ChangeWish{"c-1", {WishMode::prefer, "fresh"}}},
      {5, Post{"c-1", "0123456789abcdefghij", 9, 5, {"你好，这件还有货吗？🙂"}}},
      {6, SetTyping{"c-1", true}},
      {7, MarkRead{"c-1", 17}},
      {8, CloseConversation{"c-1"}},
      {9, Heartbeat{}},
      {10, SetStatus{AgentStatus::on_break, "lunch"}},
      {11, AcceptOffer{"c-1", 5}},
      {12, DeclineOffer{"c-1", 5, "busy"}},
      {13, Follow{{"c-1", 4, 12}}},
      {14, AskWhy{"c-1"}},
      {15, AskDecisions{50, "0-17"}},
      {4'294'967'295u, {}},
  };
}

inline std::vector<ServerFrame> server_frames() {
  Welcome to_visitor{"s-1",
                     visitor(),
                     "token",
                     {65'536, 8'192, 10, 30},
                     20'000,
                     1'700'000'000'000,
                     {"demo",
                      "演示店",
                      {{"presale", {{"en", "Before you buy"}, {"zh", "售前"}}}},
                      {{"bold", {{"zh", "重口味"}}, {{"zh", "直说"}}, "#cc0033"}},
                      {"zh", "en"}},
                     {conversation()},
                     availability(),
                     {},
                     {},
                     0};
  Welcome to_agent = to_visitor;
  to_agent.supervisor = true;
  to_agent.you = agent();
  to_agent.availability = {};
  to_agent.status = {AgentStatus::drain, "soon"};
  to_agent.quick_replies = {{"welcome", "hi", "问候", "你好 {visitor}"}};
  to_agent.capacity = 5;
  return {
      {1, to_visitor},
      {2, to_agent},
      {3, Done{}},
      {4, Error{ErrorCode::number_gap, "number 3 was expected", 250, 2}},
      {5, Ack{"c-1", "0123456789abcdefghij", 4, 18, 1'700'000'000'002, true}},
      {6, conversation()},
      {0, Entries{"c-1",
                  4,
                  {{1, 11, "", {Role::system, "", "", ""}, AutoReply{Trigger::opened, "欢迎", "crazy"}},
                   {2, 12, "cid-2", visitor(), Content{"hello"}},
                   {3, 13, "", {}, AssignedNote{agent(), AssignReason::wished_persona}},
                   {4, 14, "", {}, RequeuedNote{RequeueReason::agent_lost}},
                   {5, 15, "", {}, ClosedNote{Role::visitor}},
                   {6, 16, "", {}, {}}}}},
      {0, Typing{"c-1", Role::agent, true}},
      {0, ReadMark{"c-1", Role::visitor, 18}},
      {0, QueueUpdate{"c-1", 3, 40'000, 90'000, true, WaitReason::for_persona}},
      {0, availability()},
      {0, Offer{"c-1",
                5,
                15'000,
                "presale",
                {WishMode::prefer, "bold"},
                visitor(),
                2,
                1'700'000'000'001,
                "在吗",
                true}},
      {0, OfferEnd{"c-1", 5, OfferEndReason::missed}},
      {0, Status{AgentStatus::available, ""}},
      {0, Reset{"c-1", 6}},
      {0, Reconnect{1'500}},
      {14, Why{"c-1",
               AssignReason::first_free,
               9'000,
               1'700'000'000'009,
               {9,
                3,
                2,
                1,
                1,
                2,
                {"lin", "Lin", 1, 250, 500, 1'700'000'000'000, true},
                {"mei", "Mei", 2, 500, 0, 0, false}},
               {},
               "visitor_arrived"}},
      {15, Why{"c-1",
               AssignReason::your_turn,
               9'000,
               1,
               {},
               {7, 1, 1, 2, 1, 2, {9'000'000, 9'000}, {8'000'000, 7'000}}}},
      {16, Decisions{{{"0-17",
                       1'700'000'000'010,
                       visitor(),
                       agent(),
                       1,
                       "presale",
                       {WishMode::prefer, "bold"},
                       2,
                       {"c-1",
                        AssignReason::your_turn,
                        9'000,
                        1,
                        {},
                        {7, 1, 1, 2, 1, 2, {9, 9'000}, {8, 7'000}},
                        "chat_ended"}},
                      {"0-16",
                       1'700'000'000'009,
                       visitor(),
                       agent(),
                       0,
                       "presale",
                       {},
                       0,
                       {"c-2", AssignReason::last_agent}}}}},
      {0, {}},
  };
}

}  // namespace switchboard::proto::samples
