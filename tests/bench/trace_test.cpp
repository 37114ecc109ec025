#include "bench/shopday/trace.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "bench/shopday/shop_of_trace.hpp"
#include "tests/support/temp_dir.hpp"

namespace switchboard::shopday {
namespace {

constexpr const char* good_meta =
    R"({"format":"switchboard-trace/1","name":"t","seed":3,"horizon_ms":60000,"skills":["presale","aftersale"],"personas":["fresh"],"notes":"x"})";
constexpr const char* arrivals_header =
    "id,t_ms,customer,skill,persona,strict,vip,patience_ms,handle_ms,last_agent\n";
constexpr const char* roster_header = "agent,start_ms,end_ms,capacity,skills,persona,speed_pm\n";

class TraceFolder : public testing::Test {
 protected:
  Result<Trace, std::string> read(const std::string& arrivals, const std::string& roster,
                                  const std::string& meta = good_meta) {
    std::ofstream(folder_ / "meta.json") << meta;
    std::ofstream(folder_ / "arrivals.csv") << arrivals_header << arrivals;
    std::ofstream(folder_ / "roster.csv") << roster_header << roster;
    return read_trace(folder_.path());
  }
  std::string refusal(const std::string& arrivals, const std::string& roster,
                      const std::string& meta = good_meta) {
    const auto trace = read(arrivals, roster, meta);
    return trace ? "" : trace.error();
  }

  test::TempDir folder_;
};

TEST_F(TraceFolder, a_trace_is_read_field_by_field) {
  const auto trace = read(
      "0,5913,c0,presale,fresh,1,2,212262,59250,a1\n"
      "1,5913,c1,aftersale,,0,0,,299465,\r\n",
      "a1,0,32400000,4,presale:0;aftersale:1,fresh,1100\n");
  ASSERT_TRUE(trace) << trace.error();
  ASSERT_EQ(trace->arrivals.size(), 2u);
  const auto& first = trace->arrivals[0];
  EXPECT_EQ(first.t_ms, 5913);
  EXPECT_EQ(first.persona, "fresh");
  EXPECT_TRUE(first.strict);
  EXPECT_EQ(first.vip, 2u);
  EXPECT_EQ(first.patience_ms, 212262);
  EXPECT_EQ(first.last_agent, "a1");
  EXPECT_FALSE(trace->arrivals[1].patience_ms);
  EXPECT_EQ(trace->arrivals[1].last_agent, "");
  ASSERT_EQ(trace->roster.size(), 1u);
  EXPECT_EQ(trace->roster[0].skills[1], (std::pair<std::string, std::int64_t>("aftersale", 1)));
  EXPECT_EQ(trace->roster[0].speed_pm, 1100);
  EXPECT_EQ(trace->horizon_ms, 60000);
}

TEST_F(TraceFolder, what_is_wrong_is_named_with_its_line) {
  EXPECT_EQ(refusal("0,1,c,presale,,0,0,1\n", "").substr(0, 15), "arrivals.csv:2:");
  EXPECT_NE(refusal("0,1,c,nowhere,,0,0,1,1,\n", "").find("nowhere"), std::string::npos);
  EXPECT_NE(refusal("0,1,c,presale,,1,0,1,1,\n", "").find("strict"), std::string::npos);
  EXPECT_NE(refusal("0,x,c,presale,,0,0,1,1,\n", "").find("t_ms"), std::string::npos);
  EXPECT_NE(refusal("0,1,c,presale,,0,9,1,1,\n", "").find("vip"), std::string::npos);
  EXPECT_NE(refusal("0,9,c,presale,,0,0,1,1,\n1,8,c,presale,,0,0,1,1,\n", "")
                .find("arrivals.csv:3: arrivals must be sorted"),
            std::string::npos);
  EXPECT_NE(refusal("", "a1,5,1,4,presale:0,fresh,1000\n").find("end_ms"), std::string::npos);
  EXPECT_NE(refusal("", "a1,0,1,4,presale,fresh,1000\n").find("presale:0"), std::string::npos);
  EXPECT_NE(refusal("", "", "{}").find("format"), std::string::npos);
  EXPECT_NE(refusal("", "", "nonsense").find("JSON"), std::string::npos);
}

TEST_F(TraceFolder, a_folder_that_is_not_there_is_a_refusal) {
  EXPECT_FALSE(read_trace(folder_ / "missing"));
}

TEST_F(TraceFolder, its_shop_can_be_applied_and_has_lengths_divided_by_the_speed) {
  const auto trace = read("0,1,c,presale,fresh,0,0,1,1,\n",
                          "a1,0,10,4,presale:0;aftersale:1,fresh,1000\na1,20,30,5,presale:0,fresh,1000\n");
  ASSERT_TRUE(trace) << trace.error();
  const auto made = shop_of_trace(*trace, "bench", 60);
  EXPECT_EQ(made.routing.persona_hold_ms, 333);
  ASSERT_EQ(made.tiers.size(), 3u);
  EXPECT_EQ(made.tiers[1].head_ms, 500);
  EXPECT_EQ(made.tiers[2].rate_pm, 2000);
  ASSERT_EQ(made.agents.size(), 1u);
  EXPECT_EQ(made.agents[0].capacity, 5);
  const auto parsed = shop::parse_shop(shop::export_shop(made));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->tiers, made.tiers);
  EXPECT_EQ(parsed->routing, made.routing);
  EXPECT_EQ(parsed->auto_replies, made.auto_replies);
}

}  // namespace
}  // namespace switchboard::shopday
