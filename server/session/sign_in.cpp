#include "server/session/sign_in.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "server/session/agent.hpp"
#include "server/session/fields.hpp"
#include "server/session/frames_in.hpp"
#include "server/session/visitor.hpp"

namespace switchboard::session {

using proto::ErrorCode;

namespace {

std::string_view hello_problem(const proto::Hello& hello, const SessionLimits& limits) {
  if (!shop::valid_id(hello.shop)) return "shop: [a-z0-9_-]{1,32}";
  if (!valid_device(hello.device)) return "device: 8 to 40 of [A-Za-z0-9_-]";
  if (!shop::valid_name(hello.name)) return "name: at most 128 octets, without control characters";
  if (hello.language.size() > 8) return "language: too long";
  if (hello.client.size() > name_octets_max) return "client: too long";
  if (hello.positions.size() > limits.positions_max) return "positions: too many";
  return {};
}

// A visitor who comes for the first time gets an identity of her own.
shop::Claims new_visitor(const shop::Shop& shop, const proto::Hello& hello, std::string id,
                         std::int64_t now_s) {
  shop::Claims claims;
  claims.subject = std::move(id);
  claims.shop = shop.id;
  claims.role = shop::TokenRole::visitor;
  claims.name = hello.name;
  claims.expires_s = now_s + shop.limits.visitor_token_ttl_s;
  claims.issued_s = now_s;
  return claims;
}

bool is_about_time(shop::TokenError error) {
  return error == shop::TokenError::expired || error == shop::TokenError::not_yet_valid;
}

}  // namespace

Result<shop::Claims, Refused> identify(const conversation::ShopContext& context, std::string_view token,
                                       const Clocks& clocks) {
  const shop::Audience audience{.shop = context.shop.id, .visitors = true, .agents = true};
  auto claims = context.tokens.verify(token, clocks.own_s, audience);
  if (!claims && is_about_time(claims.error()) && clocks.comparable())
    claims = context.tokens.verify(token, clocks.store_s, audience);
  if (!claims) {
    spdlog::info("shop {}: token refused: {}", context.shop.id, shop::to_string(claims.error()));
    if (claims.error() == shop::TokenError::expired) return Refused{4005, "token expired"};
    return Refused{4500, "token invalid"};
  }
  if (claims->role == shop::TokenRole::visitor) return std::move(*claims);
  const auto* agent = context.shop.agent(claims->subject);
  const bool employed = agent && agent->enabled;
  if (!employed || (claims->role == shop::TokenRole::supervisor && !agent->supervisor))
    return Refused{4500, "token invalid"};
  return std::move(*claims);
}

Task<std::shared_ptr<Client>> sign_in(Services& services, Line& line) {
  FramesIn frames(services, line);
  for (;;) {
    line.connection().set_deadline(std::chrono::steady_clock::now() + services.limits.hello_within, 4500,
                                   "no hello");
    auto frame = co_await frames.next();
    if (!frame) co_return nullptr;
    auto* hello = std::get_if<proto::Hello>(&frame->body);
    if (!hello) {
      line.error(frame->ref, ErrorCode::not_signed_in, "hello comes first");
      frames.bad();
      continue;
    }
    if (const auto problem = hello_problem(*hello, services.limits); !problem.empty()) {
      line.error(frame->ref, ErrorCode::invalid, problem);
      frames.bad();
      continue;
    }
    // From here on it is we who are slow, or the store; each of its answers has a limit of its own.
    line.connection().clear_deadline();
    const auto context = co_await services.shops.get(hello->shop);
    if (!context) {
      if (context.error() == store::Refusal::not_found) {
        services.metrics.sign_in_refused.add();
        line.error(frame->ref, ErrorCode::not_found, "no such shop");
        line.connection().close(4504, "no such shop");
        continue;
      }
      refuse(services, line, frame->ref, context.error());
      continue;
    }

    // The door let in what any shop of this gateway allows; here it must be this one.
    const auto& origin = line.connection().foreign_origin();
    if (!origin.empty() && std::ranges::count((*context)->shop.origins, origin) == 0) {
      services.metrics.sign_in_refused.add();
      line.connection().close(4504, "not a page of this shop");
      continue;
    }

    const bool fresh = hello->token.empty();
    const auto clocks = services.clocks();
    auto claims = fresh ? Result<shop::Claims, Refused>(
                              new_visitor((*context)->shop, *hello, services.new_id(), clocks.earlier_s()))
                        : identify(**context, hello->token, clocks);
    if (!claims) {
      services.metrics.sign_in_refused.add();
      line.connection().close(claims.error().close_code, claims.error().reason);
      continue;
    }
    std::shared_ptr<Client> client;
    if (claims->role == shop::TokenRole::visitor) {
      if (fresh) hello->token = shop::make_token(*claims, (*context)->tokens.key);
      client = std::make_shared<Visitor>(services, Line(line), *context, std::move(*claims),
                                         std::move(*hello), fresh);
    } else {
      client = std::make_shared<Agent>(services, Line(line), *context, std::move(*claims), std::move(*hello));
    }
    if (co_await client->welcome(frame->ref)) co_return client;
    client->leave();
  }
}

}  // namespace switchboard::session
