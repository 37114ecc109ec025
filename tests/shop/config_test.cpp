// The configuration: one table behind the file, the flags, the help and the print; clear refusals.
#include "server/config.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace switchboard {
namespace {

const Setting& setting(std::string_view key) {
  const auto all = settings();
  return *std::find_if(all.begin(), all.end(), [key](const Setting& one) { return one.key == key; });
}

std::string problem_text(const std::string& file) {
  const auto parsed = parse_config(file);
  return parsed ? "" : to_text(parsed.error(), "c.toml");
}

TEST(Config, DefaultsAreWithinTheirBoundsAndAgreeWithEachOther) {
  EXPECT_TRUE(check_config(Config{}).empty()) << to_text(check_config(Config{}), "");
  const auto parsed = parse_config(print_config(Config{}));
  ASSERT_TRUE(parsed) << to_text(parsed.error(), "printed");
  EXPECT_EQ(print_config(*parsed), print_config(Config{}));
}

TEST(Config, EveryKnobHasOneKeyASentenceBoundsAndAFieldOfItsOwn) {
  std::set<std::string_view> keys, flags;
  std::set<std::string_view> finished_tables;
  std::string_view table;
  for (const Setting& one : settings()) {
    EXPECT_TRUE(keys.insert(one.key).second) << one.key;
    EXPECT_GT(one.sentence.size(), 10u) << one.key;
    EXPECT_LE(one.min, one.max) << one.key;
    EXPECT_TRUE(one.flag.empty() || flags.insert(one.flag).second) << one.flag;
    const auto here = one.key.substr(0, one.key.find('.'));
    EXPECT_TRUE(here == table || finished_tables.insert(here).second) << "table in two pieces: " << here;
    table = here;
    // Changing this knob changes one line of the print and no other.
    Config config;
    const bool number = std::holds_alternative<std::int64_t& (*)(Config&)>(one.field);
    std::string value = number ? std::to_string(one.min) : "x";
    if (number && value == value_text(config, one)) value = std::to_string(one.max);
    if (!one.choices.empty()) value = one.choices.substr(one.choices.rfind('|') + 1);
    ASSERT_FALSE(set_config(config, one, value)) << one.key << ' ' << value;
    int changed = 0;
    for (const Setting& other : settings())
      changed += value_text(config, other) != value_text(Config{}, other);
    EXPECT_EQ(changed, 1) << one.key;
  }
}

TEST(Config, AFileChangesWhatItNamesAndLeavesTheRest) {
  const auto parsed =
      parse_config("[server]\nport = 9000\n[inbound]\nmessages_per_s = 5\n[log]\nformat = \"json\"\n");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->server.port, 9000);
  EXPECT_EQ(parsed->inbound.messages_per_s, 5);
  EXPECT_EQ(parsed->log.format, "json");
  EXPECT_EQ(parsed->inbound.messages_burst, InboundConfig{}.messages_burst);
}

TEST(Config, WhatIsWrongInAFileIsSaidWithItsLine) {
  EXPECT_EQ(problem_text("[server]\n\nport = 70000\n"),
            "c.toml:3: server.port: must be 0..65535, but is 70000\n");
  EXPECT_EQ(problem_text("[server]\nprot = 1\n"), "c.toml:2: server.prot: there is no such key\n");
  EXPECT_EQ(problem_text("[sever]\n"), "c.toml:1: sever: there is no such key\n");
  EXPECT_EQ(problem_text("[server]\nport = \"80\"\n"),
            "c.toml:2: server.port: must be a whole number, but is a text\n");
  EXPECT_EQ(problem_text("server = 1\n"), "c.toml:1: server: must be a table, but is a whole number\n");
  EXPECT_EQ(problem_text("[log]\nlevel = \"loud\"\n"),
            "c.toml:2: log.level: must be one of trace, debug, info, warn, error\n");
  EXPECT_NE(problem_text("[server\n").find("not TOML"), std::string::npos);
  EXPECT_NE(problem_text(std::string(300'000, '#')).find("octets"), std::string::npos);
}

TEST(Config, FlagsAreCheckedLikeTheFile) {
  Config config;
  for (const char* bad : {"", " 1", "1 ", "-1", "65536", "0x10", "1e3", "99999999999999999999", "port"}) {
    const auto problem = set_config(config, setting("server.port"), bad);
    ASSERT_TRUE(problem) << bad;
    EXPECT_EQ(problem->path, "server.port");
  }
  EXPECT_EQ(config.server.port, 8080);
  EXPECT_FALSE(set_config(config, setting("server.port"), "0"));
  EXPECT_EQ(config.server.port, 0);
  EXPECT_TRUE(set_config(config, setting("redis.appendfsync"), "no"));
  EXPECT_TRUE(set_config(config, setting("server.threads"), "true"));
  EXPECT_TRUE(set_config(config, setting("node.id"), std::string(33, 'a')));
}

TEST(Config, KnobsThatContradictEachOtherAreNamed) {
  Config config;
  config.drain.window_ms = config.drain.limit_ms + 1;
  config.inbound.messages_burst = 1;
  config.session.silence_max_ms = config.session.ping_interval_ms;
  config.redis.url = "http://x";
  std::set<std::string> paths;
  for (const Problem& problem : check_config(config)) paths.insert(problem.path);
  EXPECT_EQ(paths, (std::set<std::string>{"drain.window_ms", "inbound.messages_burst",
                                          "session.silence_max_ms", "redis.url"}));
}

TEST(Config, SecretsAreNeverPrinted) {
  EXPECT_EQ(mask_url("redis://user:secret@host:6379/1"), "redis://user:***@host:6379/1");
  EXPECT_EQ(mask_url("redis://:se@cr:et@host"), "redis://:***@host");
  EXPECT_EQ(mask_url("redis://host/1"), "redis://host/1");
  EXPECT_EQ(mask_url("redis://user@host"), "redis://user@host");
  EXPECT_EQ(mask_url("unix:///run/r.sock"), "unix:///run/r.sock");
  EXPECT_EQ(mask_url("redis+sentinel://user:secret@a:1,b:2/shops"), "redis+sentinel://user:***@a:1,b:2/shops");
  EXPECT_EQ(mask_url(""), "");
  Config config;
  config.redis.url = "redis://user:secret@host";
  EXPECT_EQ(print_config(config).find("secret"), std::string::npos);
}

}  // namespace
}  // namespace switchboard
