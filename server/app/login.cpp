#include "server/app/login.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <optional>

#include "server/conversation/shop_directory.hpp"
#include "server/net/admission.hpp"
#include "server/shop/password.hpp"
#include "server/shop/token.hpp"
#include "server/store/store.hpp"

namespace switchboard::app {

namespace asio = boost::asio;
namespace json = boost::json;
using net::HttpResponse;

namespace {

constexpr std::size_t tries_remembered_max = 100'000;  // addresses and agents; over it nobody new may try
constexpr std::size_t name_octets_max = 64;            // of a shop or an agent; no id is as long
constexpr std::chrono::seconds too_fast_pause{30};     // told to who is over a rate

HttpResponse answer_json(unsigned status, const json::object& body) {
  return {status, "application/json", json::serialize(body) + "\n", {{"Cache-Control", "no-store"}}};
}

HttpResponse problem(unsigned status, std::string_view sentence) {
  return answer_json(status, {{"error", sentence}});
}

HttpResponse too_often(std::chrono::seconds wait = too_fast_pause) {
  auto response = problem(429, "too many attempts, try again later");
  response.headers.emplace_back("Retry-After", std::to_string(wait.count()));
  return response;
}

struct Request {
  std::string shop, agent, password;
};

std::optional<Request> parse(std::string_view body) {
  json::parse_options options;
  options.max_depth = 4;
  boost::system::error_code failed;
  const auto value = json::parse(body, failed, {}, options);
  if (failed || !value.is_object()) return std::nullopt;
  const auto text = [&](std::string_view key) -> std::optional<std::string> {
    const auto* field = value.as_object().if_contains(key);
    if (!field || !field->is_string()) return std::nullopt;
    return std::string(field->as_string());
  };
  const auto shop = text("shop"), agent = text("agent"), password = text("password");
  if (!shop || !agent || !password || password->size() > shop::password_octets_max) return std::nullopt;
  if (shop->size() > name_octets_max || agent->size() > name_octets_max) return std::nullopt;
  return Request{*shop, *agent, *password};
}

}  // namespace

Login::Login(const LoginConfig& config)
    : config_(config), hashing_(static_cast<std::size_t>(config.hashing_at_once_max)) {}

Login::~Login() {
  hashing_.join();
}

std::chrono::seconds Login::must_wait(const std::string& address, const std::string& agent) {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  if (tries_.size() > tries_remembered_max) forget_the_idle(now);
  if (tries_.size() > tries_remembered_max) return too_fast_pause;
  const auto limit = [](std::int64_t per_min) {
    return net::RateLimit{static_cast<double>(per_min) / 60, static_cast<double>(per_min)};
  };
  const bool address_may =
      tries_["from " + net::source_of(address)].bucket.take(limit(config_.per_address_per_min), now) == 0;
  Tries& tries = tries_["for " + agent];
  if (tries.locked_until > now) return std::chrono::ceil<std::chrono::seconds>(tries.locked_until - now);
  const bool agent_may = tries.bucket.take(limit(config_.per_agent_per_min), now) == 0;
  return address_may && agent_may ? std::chrono::seconds(0) : too_fast_pause;
}

// A place among those whose password is being hashed or will be, as long as it is held. Empty: there is none.
std::shared_ptr<void> Login::take_place() {
  const std::lock_guard lock(mutex_);
  if (waiting_ >= config_.hashing_waiting_max) return nullptr;
  ++waiting_;
  return {this, [](Login* login) {
            const std::lock_guard held(login->mutex_);
            --login->waiting_;
          }};
}

void Login::note_outcome(const std::string& agent, bool right) {
  const std::lock_guard lock(mutex_);
  Tries& tries = tries_["for " + agent];
  tries.wrong_in_a_row = right ? 0 : tries.wrong_in_a_row + 1;
  if (tries.wrong_in_a_row < config_.wrong_in_a_row_max) return;
  tries.wrong_in_a_row = 0;
  tries.locked_until = std::chrono::steady_clock::now() + std::chrono::seconds(config_.lock_out_s);
}

// Names that are locked out stay, however many are tried.
void Login::forget_the_idle(std::chrono::steady_clock::time_point now) {
  std::erase_if(tries_, [now](const auto& entry) {
    return entry.second.bucket.full(now) && entry.second.locked_until <= now;
  });
}

asio::awaitable<bool> Login::matches(std::string hash, std::string password) {
  const auto verify = [](std::string known, std::string given) -> asio::awaitable<bool> {
    co_return known.empty() ? shop::verify_nobody(given) : shop::verify_password(known, given);
  };
  co_return co_await asio::co_spawn(hashing_, verify(std::move(hash), std::move(password)),
                                    asio::use_awaitable);
}

asio::awaitable<HttpResponse> Login::answer(net::HttpRequest request, store::Store& store,
                                            conversation::ShopDirectory& shops) {
  if (request.method != "POST") {
    auto response = problem(405, "POST a shop, an agent and a password");
    response.headers.emplace_back("Allow", "POST");
    co_return response;
  }
  const auto asked = parse(request.body);
  if (!asked) co_return problem(400, R"(expected {"shop": ..., "agent": ..., "password": ...})");
  const std::string who = asked->shop + "/" + asked->agent;
  if (const auto wait = must_wait(request.remote_address, who); wait.count() > 0) co_return too_often(wait);

  const bool named = shop::valid_id(asked->shop) && shop::valid_id(asked->agent);
  // Not as `named ? co_await ... : ...`: GCC 12 destroys the awaited operand of a conditional twice, and the
  // shop was freed under everybody after a few log-ins.
  store::Answer<conversation::ShopContextPtr> context(store::Refusal::not_found);
  if (named) context = co_await shops.get(asked->shop);
  if (!context && store::not_now(context.error())) co_return problem(503, "the store is away, try again");
  const auto* agent = context ? (*context)->shop.agent(asked->agent) : nullptr;
  std::string hash;
  if (agent && agent->enabled) {
    hash = agent->password_hash;
    if (hash.empty()) {
      const auto kept = co_await store.password(asked->shop, asked->agent);
      if (!kept) co_return problem(503, "the store is away, try again");
      hash = kept->value_or("");
    }
  }

  auto place = take_place();
  if (!place) co_return too_often();
  // Guesses count for all gateways together; by ourselves while the store does not answer, and for a shop
  // that there is not.
  store::Answer<store::Millis> locked_out(store::Refusal::not_found);
  if (context)
    locked_out = co_await store.login_try(asked->shop, asked->agent,
                                          static_cast<std::uint64_t>(config_.wrong_in_a_row_max),
                                          config_.lock_out_s * 1000);
  if (locked_out && *locked_out > 0)
    co_return too_often(std::chrono::ceil<std::chrono::seconds>(std::chrono::milliseconds(*locked_out)));
  const bool right = co_await matches(hash, asked->password);
  place.reset();
  if (!locked_out) note_outcome(who, right);
  if (locked_out && right) (void)co_await store.login_right(asked->shop, asked->agent);
  if (!right) co_return problem(401, "wrong shop, agent or password");

  shop::Claims claims;
  claims.subject = agent->id;
  claims.shop = asked->shop;
  claims.role = agent->supervisor ? shop::TokenRole::supervisor : shop::TokenRole::agent;
  claims.name = agent->name;
  claims.issued_s = store.now() / 1000;  // by the clock by which agents are signed out
  claims.expires_s = *claims.issued_s + (*context)->shop.limits.agent_token_ttl_s;
  co_return answer_json(200, {{"token", shop::make_token(claims, (*context)->tokens.key)},
                              {"expires_ms", claims.expires_s * 1000}});
}

}  // namespace switchboard::app
