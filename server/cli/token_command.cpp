// switchboard token: a signed token for tests, demos and a look at what a shop's backend should make; the key
// itself, a new key, and signing somebody out.
#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <memory>

#include "server/cli/commands.hpp"
#include "server/cli/store_session.hpp"
#include "server/shop/token_authority.hpp"

namespace switchboard::cli {
namespace {

struct TokenArguments {
  StoreTarget target;
  std::string shop, role = "visitor", subject, name;
  std::uint32_t tier = 0;
  std::int64_t ttl_s = 3'600;
  bool key = false, rotate_key = false, drop_former = false, sign_out = false;
};

shop::TokenRole role_of(const std::string& text) {
  if (text == "agent") return shop::TokenRole::agent;
  return text == "supervisor" ? shop::TokenRole::supervisor : shop::TokenRole::visitor;
}

std::string token_of(const TokenArguments& arguments, const std::string& key) {
  const auto now_s =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  shop::Claims claims;
  claims.subject = arguments.subject.empty() ? shop::make_visitor_id() : arguments.subject;
  claims.shop = arguments.shop;
  claims.role = role_of(arguments.role);
  claims.name = arguments.name;
  claims.tier = arguments.tier;
  claims.issued_s = now_s;
  claims.expires_s = now_s + arguments.ttl_s;
  return make_token(claims, key);
}

int report(const store::Answer<Done>& answer, const TokenArguments& arguments, std::string_view done) {
  if (answer) {
    std::cout << arguments.shop << ": " << done << '\n';
    return 0;
  }
  std::cerr << arguments.shop << ": "
            << (answer.error() == store::Refusal::full
                    ? "too many people are signed out; make a new key instead (--rotate-key)"
                    : sentence(answer.error()))
            << '\n';
  return 1;
}

store::Task<int> change(store::RedisStore& store, const TokenArguments& arguments) {
  if (arguments.sign_out) {
    const auto identity = shop::identity_of(role_of(arguments.role), arguments.subject);
    co_return report(co_await store.sign_out(arguments.shop, identity), arguments,
                     arguments.subject + " is signed out; tokens made from now on are good");
  }
  const auto rotated =
      co_await store.rotate_key(arguments.shop, shop::make_signing_key(), !arguments.drop_former);
  co_return report(rotated, arguments,
                   arguments.drop_former
                       ? "a new key; tokens of all former ones are void, everybody signs in again"
                       : "a new key; tokens of the former one are good until the next --rotate-key");
}

store::Task<int> run(store::RedisStore& store, const TokenArguments& arguments) {
  const auto record = co_await store.shop(arguments.shop);
  if (!record) {
    std::cerr << arguments.shop << ": " << sentence(record.error()) << '\n';
    co_return 1;
  }
  const std::string text = arguments.key ? record->signing_key : token_of(arguments, record->signing_key);
  if (text.empty()) {
    std::cerr << "a token takes --sub of 1..64 letters, digits, _ . @ : -, --name of at most 128 octets and "
                 "--tier 0..15\n";
    co_return 1;
  }
  std::cout << text << '\n';
  co_return 0;
}

}  // namespace

void add_token_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "token", "Print a signed token, or the shop's signing key; make a new key; sign somebody out");
  const auto arguments = std::make_shared<TokenArguments>();
  command->add_option("--shop", arguments->shop, "Shop")->required();
  command->add_option("--role", arguments->role, "visitor, agent or supervisor")
      ->check(CLI::IsMember({"visitor", "agent", "supervisor"}))
      ->capture_default_str();
  auto* subject = command->add_option("--sub", arguments->subject, "Id of the visitor or agent");
  command->add_option("--name", arguments->name, "Name that is shown");
  command->add_option("--tier", arguments->tier, "Customer tier")
      ->check(CLI::Range(0, 15))
      ->capture_default_str();
  command->add_option("--ttl-s", arguments->ttl_s, "Valid for so many seconds")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{400} * 86'400))
      ->capture_default_str();
  auto* key = command->add_flag("--key", arguments->key,
                                "Print the signing key (HS256; the octets of this text) and nothing else");
  auto* rotate = command
                     ->add_flag("--rotate-key", arguments->rotate_key,
                                "Sign with a new key from now on; the one before is still taken")
                     ->excludes(key);
  command
      ->add_flag("--drop-former", arguments->drop_former,
                 "With --rotate-key: take nothing any more that was signed before")
      ->needs(rotate);
  auto* sign_out = command
                       ->add_flag("--sign-out", arguments->sign_out,
                                  "Void what was issued to --role and --sub up to now, and close their "
                                  "connections")
                       ->needs(subject)
                       ->excludes(rotate)
                       ->excludes(key);
  add_store_options(*command, arguments->target);
  command->callback([arguments, subject, key, rotate, sign_out, &exit_code] {
    const bool changes = rotate->count() + sign_out->count() > 0;
    if (!changes && key->count() == 0 && subject->count() == 0)
      throw CLI::RequiredError("--sub (or --key or --rotate-key)");
    exit_code = with_store(arguments->target, [&](store::RedisStore& store) {
      return changes ? change(store, *arguments) : run(store, *arguments);
    });
  });
}

}  // namespace switchboard::cli
