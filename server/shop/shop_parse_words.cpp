// The shop file, read: auto-replies and quick replies.
#include "server/shop/shop_parser.hpp"
#include "server/shop/stages.hpp"

namespace switchboard::shop {

void ShopParser::read_auto_reply(TableReader& table) {
  AutoReply reply;
  std::string trigger;
  table.text("trigger", trigger, 1, 32, true);
  if (const auto known = trigger_from(trigger)) {
    reply.trigger = *known;
  } else if (!trigger.empty()) {
    table.problem("trigger", "must be one of opened, waiting, assigned, agent_away, closed");
  }
  table.text("persona", reply.persona, 0, 32);
  if (!reply.persona.empty() && !persona_ids_.contains(reply.persona)) {
    table.problem("persona", "there is no persona " + quoted(reply.persona));
  }
  read_voice(table, "text", reply.texts);
  if (!table.has("text")) table.problem("text", "is missing");
  for (const auto& [language, text] : reply.texts) {
    if (!auto_reply_fields_.insert(trigger + '|' + reply.persona + '|' + language).second) {
      table.problem("text", "this trigger and persona already have a text in " +
                                quoted(language.empty() ? any_language : std::string_view(language)));
    }
  }
  table.finish();
  shop_.auto_replies.push_back(std::move(reply));
}

void ShopParser::read_quick_reply(TableReader& table) {
  QuickReply reply;
  table.text("stage", reply.stage, 1, 32, true);
  if (!reply.stage.empty() && std::find(stages.begin(), stages.end(), reply.stage) == stages.end()) {
    table.problem("stage",
                  "must be one of welcome, answering, price, payment, shipping, aftersale, farewell, praise");
  }
  table.text("shortcut", reply.shortcut, 1, 24, true);
  if (!reply.shortcut.empty() && !valid_id(reply.shortcut)) {
    table.problem("shortcut", "must be 1..24 of a-z, 0-9, _ and -");
  }
  if (!reply.shortcut.empty() && !shortcuts_.insert(reply.shortcut).second) {
    table.problem("shortcut", quoted(reply.shortcut) + " is used twice");
  }
  read_names(table, "title", reply.titles, name_octets_max, true);
  if (table.has("text")) read_voice(table, "text", reply.texts[""]);
  read_wordings(table, reply);
  if (reply.texts.empty()) table.problem("text", "is missing: give `text` or a `wording` for some persona");
  table.finish();
  shop_.quick_replies.push_back(std::move(reply));
}

void ShopParser::read_wordings(TableReader& table, QuickReply& reply) {
  auto below = table.table("wording");
  if (!below) return;
  for (const std::string& persona : below->keys()) {
    if (!persona_ids_.contains(persona)) below->problem(persona, "there is no persona " + quoted(persona));
    read_voice(*below, persona, reply.texts[persona]);
  }
}

}  // namespace switchboard::shop
