// The command line tools against a Redis of their own: what an operator types, what she reads, and the exit
// codes 0 good, 1 failed, 2 usage.
#include <gtest/gtest.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>

#include "server/cli/commands.hpp"
#include "server/cli/doctor_checks.hpp"
#include "server/shop/demo.hpp"
#include "server/shop/shop.hpp"
#include "server/shop/token.hpp"
#include "server/store/redis_server.hpp"
#include "tests/shop/small_shop.hpp"
#include "tests/support/temp_dir.hpp"

namespace switchboard::cli {
namespace {


struct Ran {
  int exit_code = 0;
  std::string out, err;
};

// Runs `switchboard <arguments>` inside this process.
Ran run(std::vector<std::string> arguments) {
  CLI::App app("test", "switchboard");
  app.require_subcommand(1);
  int exit_code = 0;
  add_shop_command(app, exit_code);
  add_token_command(app, exit_code);
  add_doctor_command(app, exit_code);
  arguments.insert(arguments.begin(), "switchboard");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());

  std::ostringstream out, err;
  auto* const old_out = std::cout.rdbuf(out.rdbuf());
  auto* const old_err = std::cerr.rdbuf(err.rdbuf());
  const int code = run_command_line(app, static_cast<int>(argv.size()), argv.data(), exit_code);
  std::cout.rdbuf(old_out);
  std::cerr.rdbuf(old_err);
  return {code, out.str(), err.str()};
}

class Cli : public testing::Test {
 protected:
  Cli() { write("demo.toml", std::string(shop::demo_shop_text())); }

  std::string path(const std::string& name) const { return directory_.path() / name; }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
  }

  test::TempDir directory_;
};

class CliWithRedis : public Cli {
 protected:
  CliWithRedis() : redis_({.data = directory_ / "data"}, [](store::Severity, const std::string&) {}) {
    const auto started = redis_.start();
    EXPECT_TRUE(started) << started.error();
    EXPECT_TRUE(redis_.wait_ready(std::chrono::seconds(60)));
  }
  ~CliWithRedis() override { redis_.stop(); }

  Ran run_here(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--data", path("data")});
    return run(std::move(arguments));
  }

  store::RedisServer redis_;
};

std::int64_t now_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

TEST_F(Cli, ValidateSaysGoodOrWhatIsWrongWithItsLine) {
  const Ran good = run({"shop", "validate", path("demo.toml")});
  EXPECT_EQ(good.exit_code, 0) << good.err;
  EXPECT_NE(good.out.find("shop demo: 4 skills, 4 personas, 9 agents"), std::string::npos) << good.out;
  EXPECT_EQ(good.err, "");

  write("bad.toml", shop::test::small_shop_with("capacity = 99\n"));
  const Ran bad = run({"shop", "validate", path("bad.toml")});
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_EQ(bad.err, path("bad.toml") + ":17: agent[1].capacity: must be 1..50, but is 99\n");
  EXPECT_EQ(run({"shop", "validate", path("none.toml")}).exit_code, 1);
}

TEST_F(Cli, WhatIsProbablyNotMeantIsANote) {
  write("odd.toml", shop::test::small_shop_with("enabled = false\n[hours]\ntime_zone = \"Mars/Olympus\"\n"));
  const Ran odd = run({"shop", "validate", path("odd.toml")});
  EXPECT_EQ(odd.exit_code, 0);
  for (const char* note : {"skill \"presale\"", "persona \"calm\"", "Mars/Olympus", "nothing is said"}) {
    EXPECT_NE(odd.err.find(note), std::string::npos) << note << " in\n" << odd.err;
  }
}

TEST_F(Cli, WrongUsageIsExitCodeTwoAndHelpIsZero) {
  for (const std::vector<std::string>& wrong :
       std::vector<std::vector<std::string>>{{},
                                             {"dance"},
                                             {"shop"},
                                             {"shop", "apply"},
                                             {"shop", "export"},
                                             {"token"},
                                             {"token", "--shop", "demo"},
                                             {"token", "--shop", "demo", "--sub", "v", "--role", "admin"},
                                             {"token", "--shop", "demo", "--sub", "v", "--ttl-s", "0"},
                                             {"doctor", "--port", "99999"},
                                             {"doctor", "--inbound.messages_burst", "1"},
                                             {"doctor", "--nonsense"}}) {
    EXPECT_EQ(run(wrong).exit_code, 2) << (wrong.empty() ? "" : wrong.back());
  }
  for (const char* command : {"shop", "token", "doctor"}) EXPECT_EQ(run({command, "--help"}).exit_code, 0);
}

TEST_F(Cli, WithoutARunningGatewayItSaysWhatToDo) {
  const Ran away = run({"token", "--shop", "demo", "--key", "--data", path("nowhere")});
  EXPECT_EQ(away.exit_code, 1);
  EXPECT_NE(away.err.find("switchboard serve --data"), std::string::npos) << away.err;
  EXPECT_EQ(run({"shop", "export", "demo", "--redis", "http://x"}).exit_code, 1);
}

TEST_F(Cli, HelpOfAConfiguredCommandNamesEveryKnobWithBoundsAndDefault) {
  const Ran help = run({"doctor", "--help"});
  for (const Setting& setting : settings()) {
    EXPECT_NE(help.out.find("--" + std::string(setting.key)), std::string::npos) << setting.key;
  }
  EXPECT_NE(help.out.find("8080"), std::string::npos);
  EXPECT_NE(help.out.find("[0..65535]"), std::string::npos);
}

TEST_F(Cli, FileFirstThenFlagsThenTheChecksBetweenKnobs) {
  write("c.toml", "[server]\nport = 9001\naddress = \"::1\"\n");
  CLI::App app("test");
  const ConfigOptions options(app);
  std::vector<std::string> reversed = {"9002", "--port", path("c.toml"), "--config"};
  app.parse(reversed);
  const auto config = options.read();
  ASSERT_TRUE(config) << to_text(config.error(), "");
  EXPECT_EQ(config->server.port, 9002);
  EXPECT_EQ(config->server.address, "::1");
}

TEST_F(CliWithRedis, ApplyExportAndApplyAgain) {
  const Ran applied = run_here({"shop", "apply", path("demo.toml")});
  ASSERT_EQ(applied.exit_code, 0) << applied.err;
  std::size_t passwords = 0;
  for (std::size_t at = 0; (at = applied.out.find("new password", at)) != std::string::npos; ++at)
    ++passwords;
  EXPECT_EQ(passwords, 9u) << applied.out;

  const Ran exported = run_here({"shop", "export", "demo"});
  EXPECT_EQ(exported.exit_code, 0) << exported.err;
  EXPECT_EQ(exported.out, shop::demo_shop_text()) << "comments and all";
  const Ran canonical = run_here({"shop", "export", "demo", "--canonical"});
  EXPECT_EQ(canonical.out, export_shop(*shop::parse_shop(shop::demo_shop_text())));

  write("again.toml", canonical.out);
  const Ran again = run_here({"shop", "apply", path("again.toml")});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(again.out.find("new password"), std::string::npos) << "passwords are made once";
  EXPECT_EQ(run_here({"shop", "export", "other"}).exit_code, 1);
}

TEST_F(CliWithRedis, ATokenIsSignedWithTheKeyThatIsPrinted) {
  ASSERT_EQ(run_here({"shop", "apply", path("demo.toml")}).exit_code, 0);
  std::string key = run_here({"token", "--shop", "demo", "--key"}).out;
  ASSERT_EQ(key.size(), 44u) << key;
  key.pop_back();
  Ran made = run_here(
      {"token", "--shop", "demo", "--role", "agent", "--sub", "bohe", "--name", "薄荷", "--ttl-s", "60"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  made.out.pop_back();
  const auto claims = shop::verify_token(made.out, key, now_s(), {"demo", false, true});
  ASSERT_TRUE(claims) << to_string(claims.error());
  EXPECT_EQ(claims->subject, "bohe");
  EXPECT_EQ(claims->name, "薄荷");
  EXPECT_EQ(claims->role, shop::TokenRole::agent);
  EXPECT_LE(claims->expires_s, now_s() + 60);
  EXPECT_EQ(run_here({"token", "--shop", "other", "--key"}).exit_code, 1);
  EXPECT_EQ(run_here({"token", "--shop", "demo", "--sub", "a b"}).exit_code, 1);
}

TEST_F(CliWithRedis, ALostPasswordIsReplaced) {
  ASSERT_EQ(run_here({"shop", "apply", path("demo.toml")}).exit_code, 0);
  const Ran first = run_here({"shop", "password", "demo", "bohe"}),
            second = run_here({"shop", "password", "demo", "bohe"});
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_NE(first.out, second.out);
  EXPECT_EQ(run_here({"shop", "password", "demo", "nobody"}).exit_code, 1);
}

TEST_F(CliWithRedis, DoctorSeesTheRunningRedisAndWhoHoldsTheLock) {
  const Ran seen = run_here({"doctor", "--port", "0"});
  EXPECT_EQ(seen.exit_code, 0) << seen.out << seen.err;
  EXPECT_NE(seen.out.find("answers, version 7"), std::string::npos) << seen.out;
  EXPECT_NE(seen.out.find("what is acknowledged is on disk"), std::string::npos) << seen.out;
  EXPECT_NE(seen.out.find("held by process"), std::string::npos) << seen.out;
}

TEST_F(Cli, DoctorNamesWhatIsBad) {
  Config config;
  config.server.data_dir = path(std::string(120, 'd'));
  EXPECT_EQ(check_data_dir(config).health, Health::bad);
  config.server.data_dir = path("demo.toml");
  EXPECT_EQ(check_data_dir(config).health, Health::bad);
  config.redis.server_binary = "no-such-redis";
  EXPECT_EQ(check_redis_server(config).health, Health::bad);
  config.redis.server_binary = "/bin/true";
  EXPECT_EQ(check_redis_server(config).health, Health::bad);
  config.server.address = "203.0.113.7";
  EXPECT_EQ(check_port(config).health, Health::bad);
  config.server.address = "example.org";
  EXPECT_EQ(check_port(config).health, Health::bad);
  const Ran bad = run({"doctor", "--port", "0", "--data", path("demo.toml")});
  EXPECT_EQ(bad.exit_code, 1) << bad.out;
}

}  // namespace
}  // namespace switchboard::cli
