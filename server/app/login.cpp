#include "server/app/login.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <optional>

#include "server/conversation/shop_directory.hpp"
#include "server/shop/password.hpp"
#include "server/shop/token.hpp"

namespace switchboard::app {

namespace asio = boost::asio;
namespace json = boost::json;
using net::HttpResponse;

namespace {

constexpr std::size_t tries_remembered_max = 100'000;  // addresses and agents; then all are forgotten at once

HttpResponse answer_json(unsigned status, const json::object& body) {
  return {status, "application/json", json::serialize(body) + "\n", {{"Cache-Control", "no-store"}}};
}

HttpResponse problem(unsigned status, std::string_view sentence) {
  return answer_json(status, {{"error", sentence}});
}

HttpResponse too_often() {
  auto response = problem(429, "too many attempts, try again later");
  response.headers.emplace_back("Retry-After", "30");
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
  return Request{*shop, *agent, *password};
}

std::int64_t unix_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Login::Login(const LoginConfig& config)
    : config_(config), hashing_(static_cast<std::size_t>(config.hashing_at_once_max)) {}

Login::~Login() {
  hashing_.join();
}

bool Login::may_try(const std::string& address, const std::string& agent) {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  if (tries_.size() > tries_remembered_max) tries_.clear();
  const auto limit = [](std::int64_t per_min) {
    return net::RateLimit{static_cast<double>(per_min) / 60, static_cast<double>(per_min)};
  };
  const bool address_may = tries_["from " + address].take(limit(config_.per_address_per_min), now) == 0;
  const bool agent_may = tries_["for " + agent].take(limit(config_.per_agent_per_min), now) == 0;
  return address_may && agent_may;
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
  if (!may_try(request.remote_address, asked->shop + "/" + asked->agent)) co_return too_often();

  const auto away = [](store::Refusal refusal) {
    return refusal == store::Refusal::unavailable || refusal == store::Refusal::busy;
  };
  const bool named = shop::valid_id(asked->shop) && shop::valid_id(asked->agent);
  // Not as `named ? co_await ... : ...`: GCC 12 destroys the awaited operand of a conditional twice, and the
  // shop was freed under everybody after a few log-ins.
  store::Answer<conversation::ShopContextPtr> context(store::Refusal::not_found);
  if (named) context = co_await shops.get(asked->shop);
  if (!context && away(context.error())) co_return problem(503, "the store is away, try again");
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

  {
    const std::lock_guard lock(mutex_);
    if (waiting_ >= config_.hashing_waiting_max) co_return too_often();
    ++waiting_;
  }
  const bool right = co_await matches(hash, asked->password);
  {
    const std::lock_guard lock(mutex_);
    --waiting_;
  }
  if (!right) co_return problem(401, "wrong shop, agent or password");

  shop::Claims claims;
  claims.subject = agent->id;
  claims.shop = asked->shop;
  claims.role = agent->supervisor ? shop::TokenRole::supervisor : shop::TokenRole::agent;
  claims.name = agent->name;
  claims.issued_s = unix_seconds();
  claims.expires_s = *claims.issued_s + (*context)->shop.limits.agent_token_ttl_s;
  co_return answer_json(200, {{"token", shop::make_token(claims, (*context)->signing_key)},
                              {"expires_ms", claims.expires_s * 1000}});
}

}  // namespace switchboard::app
