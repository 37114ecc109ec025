#include "bench/shopday/person.hpp"

#include <algorithm>

#include "bench/check/entry_digest.hpp"

namespace switchboard::shopday {

using namespace proto;
using namespace std::chrono_literals;

namespace {

constexpr auto settle_within = 10s;  // real time: long after this nothing comes by itself
constexpr auto settle_look_every = 20ms;
constexpr auto close_again_after = 2s;

std::int64_t us_since(Clock::time_point then) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - then).count();
}

}  // namespace

Person::Person(Day& day, std::string id, bool agent, const std::string& name, std::uint32_t tier)
    : day_(day),
      id_(std::move(id)),
      client_(day.wire, day.server.target,
              {day.setting.shop, load::make_token(day.server.key, day.setting.shop, id_, agent, name, tier),
               load::random_word(day.random, 12), "", "zh"},
              *this) {
  // A sped-up day has sped-up patience with a lost line, but a machine needs a few milliseconds.
  const auto scaled = std::chrono::duration_cast<std::chrono::milliseconds>(day.scaled(500));
  client_.retry_base = std::max(std::chrono::milliseconds(10), scaled);
  client_.retry_max = day.setting.retry_max;
  client_.silence_max = day.setting.silence_max;
  client_.choose_target = day.setting.choose_target;
  client_.offer_again();
}

void Person::say(const std::string& conversation, std::uint32_t fence, std::string text, bool read_now) {
  text += day_.setting.mark;
  const auto digest = check::digest_of(std::string_view(text));
  const auto client_id = client_.post(conversation, fence, std::move(text));
  day_.record.sent(conversation, client_id, {client_.identity().device, 0, digest});
  if (read_now) day_.on_its_way[client_id] = Clock::now();
}

void Person::lose_line(std::optional<std::chrono::milliseconds> away) {
  ++day_.tally.lines_broken;
  client_.lose_line(away);
}

void Person::on_entry(const std::string& conversation, std::uint32_t epoch, const Entry& entry) {
  ++day_.tally.entries;
  day_.record.received(conversation, {client_.identity().device, client_.connections(), epoch, entry.seq,
                                      entry.client_id, check::digest_of(entry)});
  const bool own = entry.author.id == id_;
  if (const auto found = day_.on_its_way.find(entry.client_id); found != day_.on_its_way.end() && !own) {
    day_.tally.delivery_us.record(us_since(found->second));
    day_.on_its_way.erase(found);
  }
  heard(conversation, entry);
}

void Person::on_welcome(const Welcome& welcome) {
  for (const auto& conversation : client_.with_gaps()) anew(conversation, client_.position(conversation));
  welcomed(welcome);
}

void Person::anew(const std::string& conversation, std::uint32_t position) {
  day_.record.received(conversation, {client_.identity().device, client_.connections(), 0, 0, "", position});
}

void Person::on_octets(std::string_view octets) {
  if (!day_.setting.foreign_mark.empty() && octets.find(day_.setting.foreign_mark) != std::string_view::npos)
    day_.record.leaked(client_.identity().device);
}

void Person::on_ack(const load::Posted& posted, const Ack& ack, bool repeat) {
  day_.record.acked(posted.conversation,
                    {client_.identity().device, ack.client_id, ack.epoch, ack.seq, ack.duplicate, repeat});
  if (repeat) return;
  ++day_.tally.acknowledged;
  day_.tally.ack_us.record(us_since(posted.due));
  if (day_.chance(day_.setting.repeat_share) && client_.repeat(posted.conversation)) ++day_.tally.repeats;
}

void Person::on_reset(const Reset& now, const std::vector<load::Posted>& offered) {
  ++day_.tally.resets;
  // Also in the epoch that it had: her position was beyond the log, which nobody else has noticed yet (W20).
  anew(now.conversation, 0);
  for (const auto& posted : offered) day_.record.offered_again(now.conversation, posted.client_id);
  reset(now.conversation);
}

void Person::on_refused(const load::Posted& posted, const Error&) {
  ++day_.tally.refused;
  if (posted.again)
    day_.record.refused_again(posted.conversation, posted.client_id);
  else
    day_.record.refused(posted.conversation, posted.client_id);
  day_.on_its_way.erase(posted.client_id);
}

void Person::on_down(std::uint16_t code, std::string_view) {
  ++day_.tally.ends[code];
}

void Person::close(const std::string& conversation, std::function<bool()> over) {
  if (over()) return;
  client_.request(CloseConversation{conversation}, [this, conversation](const ServerFrame* reply) {
    const auto* error = reply ? std::get_if<Error>(&reply->body) : nullptr;
    if (error && error->code == ErrorCode::not_found && day_.setting.may_vanish) vanished(conversation);
  });
  day_.schedule.after(close_again_after,
                      [this, conversation, over = std::move(over)] { close(conversation, over); });
}

void Person::settle(const std::string& conversation, std::function<std::uint32_t()> head,
                    std::function<void()> then) {
  settle_until(conversation, head, then, Clock::now() + settle_within);
}

void Person::settle_until(const std::string& conversation, const std::function<std::uint32_t()>& head,
                          const std::function<void()>& then, Clock::time_point until) {
  const auto end = head();
  const bool answered = client_.unacknowledged(conversation) == 0;
  // What he wrote meanwhile is not his to say any more; it is answered all the same.
  if (end == dropped && answered) return client_.forget(conversation);
  const bool complete = end != 0 && end != dropped && client_.position(conversation) >= end && answered;
  if (!complete && (end == dropped || Clock::now() < until)) {
    day_.schedule.after(settle_look_every, [=, this] { settle_until(conversation, head, then, until); });
    return;
  }
  // Complete or not: the judge will say.
  day_.record.reader(conversation, client_.identity().device);
  if (!complete && client_.ready()) day_.record.unanswered(client_.unanswered_for(settle_within / 2));
  client_.forget(conversation);
  then();
}

}  // namespace switchboard::shopday
