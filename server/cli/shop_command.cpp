// switchboard shop validate | apply | export | password
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include "server/cli/apply.hpp"
#include "server/cli/commands.hpp"
#include "server/cli/shop_advice.hpp"
#include "server/cli/store_session.hpp"
#include "server/shop/password.hpp"

namespace switchboard::cli {
namespace {

struct ShopArguments {
  StoreTarget target;
  std::string file, shop, agent;
  bool canonical = false;
};
using Arguments = std::shared_ptr<ShopArguments>;

struct ShopFile {
  std::string text;
  shop::Shop shop;
};

// Reads and judges a file; what is wrong goes to stderr. "-" is stdin.
std::optional<ShopFile> read_shop(const std::string& name) {
  std::ostringstream text;
  std::ifstream file;
  if (name != "-") file.open(name, std::ios::binary);
  std::istream& source = name == "-" ? std::cin : file;
  if (!source || !(text << source.rdbuf())) {
    std::cerr << name << ": cannot be read, or is empty\n";
    return std::nullopt;
  }
  auto parsed = shop::parse_shop(text.str());
  if (!parsed) {
    std::cerr << to_text(parsed.error(), name);
    return std::nullopt;
  }
  for (const std::string& sentence : advice(*parsed)) std::cerr << name << ": note: " << sentence << '\n';
  return ShopFile{text.str(), std::move(*parsed)};
}

std::string summary(const shop::Shop& shop) {
  std::ostringstream text;
  text << "shop " << shop.id << ": " << shop.skills.size() << " skills, " << shop.personas.size()
       << " personas, " << shop.agents.size() << " agents, " << shop.auto_replies.size() << " auto-replies, "
       << shop.quick_replies.size() << " quick replies";
  return text.str();
}

int validate(const ShopArguments& arguments) {
  const auto file = read_shop(arguments.file);
  if (!file) return 1;
  std::cout << summary(file->shop) << ": good\n";
  return 0;
}

int apply(const ShopArguments& arguments) {
  const auto file = read_shop(arguments.file);
  if (!file) return 1;
  return with_store(arguments.target, [&](store::RedisStore& store) -> store::Task<int> {
    const auto applied = co_await apply_shop(store, file->shop, file->text);
    if (!applied) {
      std::cerr << sentence(applied.error()) << '\n';
      co_return 1;
    }
    std::cout << summary(file->shop) << ": applied\n";
    for (const auto& [agent, password] : applied->new_passwords) {
      std::cout << "new password, shown only now: " << agent << "  " << password << '\n';
    }
    co_return 0;
  });
}

int export_to_stdout(const ShopArguments& arguments) {
  return with_store(arguments.target, [&](store::RedisStore& store) -> store::Task<int> {
    const auto record = co_await store.shop(arguments.shop);
    if (!record) {
      std::cerr << arguments.shop << ": " << sentence(record.error()) << '\n';
      co_return 1;
    }
    if (!arguments.canonical) {
      std::cout << record->text;
      co_return 0;
    }
    const auto parsed = shop::parse_shop(record->text);
    if (!parsed) {
      std::cerr << to_text(parsed.error(), arguments.shop);
      co_return 1;
    }
    std::cout << export_shop(*parsed);
    co_return 0;
  });
}

int new_password(const ShopArguments& arguments) {
  return with_store(arguments.target, [&](store::RedisStore& store) -> store::Task<int> {
    const auto record = co_await store.shop(arguments.shop);
    if (!record) {
      std::cerr << arguments.shop << ": " << sentence(record.error()) << '\n';
      co_return 1;
    }
    const auto parsed = shop::parse_shop(record->text);
    const shop::Agent* agent = parsed ? parsed->agent(arguments.agent) : nullptr;
    if (!agent || !agent->password_hash.empty()) {
      std::cerr << arguments.agent
                << (agent ? ": the password stands in the shop file; change it there\n"
                          : ": there is no such agent\n");
      co_return 1;
    }
    const std::string password = shop::random_password();
    const auto written =
        co_await store.set_password(arguments.shop, agent->id, shop::hash_password(password), false);
    if (!written) {
      std::cerr << sentence(written.error()) << '\n';
      co_return 1;
    }
    std::cout << "new password, shown only now: " << agent->id << "  " << password << '\n';
    co_return 0;
  });
}

CLI::App* add(CLI::App& shop, const char* name, const char* what, const Arguments& arguments, int& exit_code,
              int (*run)(const ShopArguments&)) {
  CLI::App* command = shop.add_subcommand(name, what);
  command->callback([arguments, &exit_code, run] { exit_code = run(*arguments); });
  return command;
}

}  // namespace

void add_shop_command(CLI::App& app, int& exit_code) {
  CLI::App* shop = app.add_subcommand("shop", "Check, apply and read back a shop file");
  shop->require_subcommand(1);
  const auto arguments = std::make_shared<ShopArguments>();

  CLI::App* command = add(*shop, "validate", "Say what is wrong with a shop file, with lines", arguments,
                          exit_code, validate);
  command->add_option("FILE", arguments->file, "Shop file; - is standard input")->required();

  command =
      add(*shop, "apply", "Make a shop file true, at once, on running gateways", arguments, exit_code, apply);
  command->add_option("FILE", arguments->file, "Shop file; - is standard input")->required();
  add_store_options(*command, arguments->target);

  command =
      add(*shop, "export", "Print a shop's file as it was applied", arguments, exit_code, export_to_stdout);
  command->add_option("ID", arguments->shop, "Shop")->required();
  command->add_flag("--canonical", arguments->canonical,
                    "Everything written out in a stable order, without comments");
  add_store_options(*command, arguments->target);

  command =
      add(*shop, "password", "Give an agent a new password and print it", arguments, exit_code, new_password);
  command->add_option("ID", arguments->shop, "Shop")->required();
  command->add_option("AGENT", arguments->agent, "Agent")->required();
  add_store_options(*command, arguments->target);
}

}  // namespace switchboard::cli
