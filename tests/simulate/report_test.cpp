// simulate --report, --json and --roster, as they are called.
#include "server/simulate/report.hpp"

#include "server/simulate/dispatcher.hpp"
#include "server/simulate/generate.hpp"
#include "server/simulate/pooled_bound.hpp"
#include "server/simulate/slices.hpp"
#include "tests/simulate/command.hpp"

namespace switchboard::simulate {
namespace {

namespace json = boost::json;

// What the page's script reads.
json::object data_of(const std::string& page) {
  const std::string opening = "<script type=\"application/json\" id=\"data\">";
  const std::size_t begin = page.find(opening) + opening.size();
  return json::parse(page.substr(begin, page.find("</script>", begin) - begin)).as_object();
}

std::size_t occurrences(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

struct Report : testing::Test {
  test::TempDir folder;
  std::string trace = (folder / "trace").string();
  std::string page = (folder / "page.html").string();

  void SetUp() override { ASSERT_EQ(simulate({"--generate", trace, "--hours", "3"}).exit_code, 0); }
};

TEST_F(Report, S5_the_page_has_the_numbers_of_the_json_for_every_policy_compared) {
  const Said said =
      simulate({"--trace", trace, "--policy", "switchboard,fcfs_alis", "--report", page, "--json"});
  ASSERT_EQ(said.exit_code, 0) << said.err;
  json::object told = said.json();
  const json::object data = data_of(contents(page));
  const json::array& results = data.at("results").as_array();
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[1].at("figures"), told.at("compared").at(0));
  told.erase("compared");
  EXPECT_EQ(results[0].at("figures"), json::value(told));
  EXPECT_GT(told.at("eta_quotes").to_number<int>(), 0);
  EXPECT_EQ(data.at("starts_at_min").to_number<int>(), 540);
}

TEST_F(Report, S5_the_half_hours_and_the_groups_add_up_to_the_day) {
  ASSERT_EQ(simulate({"--trace", trace, "--report", page}).exit_code, 0);
  const json::value data = data_of(contents(page));
  const json::value& result = data.at("results").at(0);
  const auto total = [&](const char* part, const char* field) {
    double sum = 0;
    for (const json::value& row : result.at("details").at(part).as_array())
      sum += row.at(field).to_number<double>();
    return sum;
  };
  EXPECT_EQ(result.at("details").at("half_hours").as_array().size(), 6u);
  for (const char* part : {"half_hours", "by_skill", "by_persona", "by_tier"}) {
    for (const char* field : {"chats", "served", "abandoned"}) {
      EXPECT_EQ(total(part, field), result.at("figures").at(field).to_number<double>()) << part << field;
    }
  }
}

TEST(Slices, S5_places_and_busy_places_are_averages_over_the_half_hour) {
  Trace t;
  t.skills = {"presale"};
  t.agents = {"a"};
  t.horizon_ms = 2 * kHalfHour;
  t.shifts.push_back({0, 0, kHalfHour + kHalfHour / 2, 2, {{router::SkillId(0), 0}}, std::nullopt, 1000});
  for (std::int64_t id : {0, 1}) {
    Arrival a;
    a.id = id;
    a.t_ms = id * (kHalfHour / 2);
    a.handle_ms = 3 * kHalfHour;
    t.arrivals.push_back(a);
  }
  const auto dispatcher = peer_dispatcher("fcfs_alis", t, 0);
  const std::vector<Slice> parts = slices(t, play(t, *dispatcher, 0), pooled_waits(t), 30'000);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_DOUBLE_EQ(parts[0].places, 2);
  EXPECT_DOUBLE_EQ(parts[0].busy_places, 1.5);
  EXPECT_DOUBLE_EQ(parts[1].places, 1);
  EXPECT_DOUBLE_EQ(parts[1].busy_places, 1);  // to the end of the shift, although both go on
}

TEST_F(Report, S1_names_of_a_trace_are_data_in_the_page_and_never_markup) {
  Trace hostile = generate_trace(1, 1, 1);
  const std::string evil = "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>";
  hostile.name = hostile.notes = evil;
  hostile.skills[0] = hostile.personas[0] = evil;
  ASSERT_EQ(write_trace(hostile, trace), "");
  ASSERT_EQ(simulate({"--trace", trace, "--report", page}).exit_code, 0);
  const std::string html = contents(page);
  EXPECT_EQ(occurrences(html, "<script"), 2u);
  EXPECT_EQ(occurrences(html, "</script"), 2u);
  EXPECT_EQ(occurrences(html, "<img"), 0u);
  EXPECT_EQ(occurrences(html, "<!--"), 0u);
  EXPECT_EQ(data_of(html).at("trace").as_string(), evil);
}

TEST_F(Report, S5_the_page_asks_for_nothing_from_outside) {
  ASSERT_EQ(simulate({"--trace", trace, "--report", page}).exit_code, 0);
  const std::string html = contents(page);
  for (const char* reach : {"src=", "href=", "url(", "import(", "fetch(", "@import"}) {
    EXPECT_EQ(occurrences(html, reach), 0u) << reach;
  }
  EXPECT_EQ(occurrences(html, "http"), 2u);  // http-equiv, and the name of the SVG namespace
  EXPECT_EQ(occurrences(html, "default-src 'none'"), 1u);
}

TEST_F(Report, another_roster_takes_the_place_of_the_traces) {
  const std::string roster = (folder / "roster.csv").string();
  std::ofstream(roster) << "agent,start_ms,end_ms,capacity,skills,persona,speed_pm\n"
                           "a001,0,10800000,1,presale:0;aftersale:0,bold,1000\n";
  const json::object whole = simulate({"--trace", trace, "--json"}).json();
  const json::object alone = simulate({"--trace", trace, "--roster", roster, "--json"}).json();
  EXPECT_GT(alone.at("abandon_pct").as_double(), whole.at("abandon_pct").as_double() + 30);
  EXPECT_EQ(alone.at("chats"), whole.at("chats"));
  std::ofstream(roster, std::ios::app) << "b,0,1,1,cooking:0,,1000\n";
  const Said said = simulate({"--trace", trace, "--roster", roster});
  EXPECT_EQ(said.exit_code, 1);
  EXPECT_EQ(said.err, "simulate: roster.csv:3: unknown skill\n");
}

TEST_F(Report, what_cannot_be_done_is_said) {
  EXPECT_EQ(simulate({"--trace", trace, "--policy", "switchboard,magic"}).exit_code, 2);
  EXPECT_EQ(simulate({"--trace", trace, "--starts-at", "25:00"}).exit_code, 2);
  const Said said = simulate({"--trace", trace, "--report", trace + "/no/such/folder.html"});
  EXPECT_EQ(said.exit_code, 1);
  EXPECT_EQ(said.err, "simulate: " + trace + "/no/such/folder.html: cannot be written\n");
}

}  // namespace
}  // namespace switchboard::simulate
