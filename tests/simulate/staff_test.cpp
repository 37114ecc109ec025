// simulate --staff: days like the recorded one, rotas of real shifts, and targets that hold.
#include "server/simulate/staff.hpp"

#include <map>
#include <set>

#include "server/simulate/generate.hpp"
#include "server/simulate/resample.hpp"
#include "tests/simulate/command.hpp"

namespace switchboard::simulate {
namespace {

namespace json = boost::json;

TEST(Resample, a_day_has_the_same_half_hours_on_average_and_only_visitors_of_that_half_hour) {
  const Trace t = generate_trace(3, 1, 4);
  std::map<Millis, double> came, per_day;
  std::map<std::string, Millis> half_hour_of;
  for (const Arrival& a : t.arrivals) {
    came[a.t_ms / kHalfHour] += 1;
    half_hour_of[a.customer] = a.t_ms / kHalfHour;
  }
  const int days = 200;
  for (int k = 0; k < days; ++k) {
    const Trace day = resample(t, static_cast<std::uint64_t>(k));
    Millis before = 0;
    for (const Arrival& a : day.arrivals) {
      per_day[a.t_ms / kHalfHour] += 1.0 / days;
      ASSERT_EQ(half_hour_of.at(a.customer), a.t_ms / kHalfHour);
      ASSERT_LE(before, a.t_ms);
      before = a.t_ms;
    }
  }
  for (const auto& [half_hour, n] : came)
    EXPECT_NEAR(per_day[half_hour], n, 4 * std::sqrt(n / days)) << half_hour;
}

TEST(Resample, R6_the_same_seed_is_the_same_day) {
  const Trace t = generate_trace(3, 1, 2);
  const test::TempDir folder;
  for (const char* name : {"a", "b"}) ASSERT_EQ(write_trace(resample(t, 9), folder / name), "");
  ASSERT_EQ(write_trace(resample(t, 10), folder / "c"), "");
  const auto arrivals = [&](const char* name) { return contents((folder / name / "arrivals.csv").string()); };
  EXPECT_EQ(arrivals("a"), arrivals("b"));
  EXPECT_NE(arrivals("a"), arrivals("c"));
}

TEST(Rota, section_6_every_agent_has_a_second_skill_and_the_skills_form_one_chain) {
  Trace t = generate_trace(3, 8, 8);
  const ShiftRules rules{6, 12, 4};
  const Need need = need_of(t, {0.2, 30, 0.05}, rules, 0);
  const Rota rota = first_rota(t, need, rules);
  put_on(t, Trace(t), rota, rules, Backups::chain);
  std::set<std::pair<int, int>> links;
  for (const Shift& s : t.shifts) {
    ASSERT_EQ(s.skills.size(), 2u);
    EXPECT_EQ(s.skills[0].level, 0);
    EXPECT_EQ(s.skills[1].level, 1);
    links.emplace(s.skills[0].skill.value, s.skills[1].skill.value);
    EXPECT_GE(s.end_ms - s.start_ms, 6 * kHalfHour);
    EXPECT_LE(s.end_ms - s.start_ms, 12 * kHalfHour);
  }
  EXPECT_EQ(links, (std::set<std::pair<int, int>>{{0, 1}, {1, 2}, {2, 3}, {3, 0}}));
  for (std::size_t h = 0; h < need.places.size(); ++h) {
    int places = 0;
    for (const PlannedShift& s : rota) places += s.from <= h && h < s.to ? rules.places : 0;
    EXPECT_GE(places, need.places[h]) << h;
  }
}

TEST(Rota, R6_the_order_in_which_shifts_were_found_does_not_matter) {
  Trace t = generate_trace(3, 1, 4), u = t;
  const Trace as_it_was = t;
  Rota rota = {{0, 4, 0, 0}, {0, 8, 1, 2}, {2, 8, 0, std::nullopt}};
  put_on(t, as_it_was, rota, {}, Backups::chain);
  std::reverse(rota.begin(), rota.end());
  put_on(u, as_it_was, rota, {}, Backups::chain);
  const test::TempDir folder;
  ASSERT_EQ(write_trace(t, folder / "t"), "");
  ASSERT_EQ(write_trace(u, folder / "u"), "");
  for (const char* file : {"roster.csv", "arrivals.csv"}) {
    EXPECT_EQ(contents((folder / "t" / file).string()), contents((folder / "u" / file).string()));
  }
}

TEST(Need, section_6_the_load_is_that_of_infinitely_many_servers) {
  Trace t = generate_trace(1, 1, 1);
  t.arrivals.resize(1);
  t.arrivals[0].t_ms = kHalfHour / 2;
  t.arrivals[0].handle_ms = kHalfHour;
  const Need need = need_of(t, {0.2, 30, 0.05}, {}, 0);
  EXPECT_EQ(need.load, (std::vector<double>{0.5, 0.5}));
  EXPECT_EQ(need_of(t, {0.2, 30, 0.05}, {}, 0.5).load, (std::vector<double>{0.5, 1}));  // 4 places: 2.5 times
}

TEST(Rota, section_2_11_a_strict_wish_that_nobody_on_shift_can_meet_is_not_offered) {
  Trace t = generate_trace(3, 1, 2);
  for (Arrival& a : t.arrivals) a.strict = a.persona.has_value();
  const Trace as_it_was = t;
  put_on(t, as_it_was, {{0, 4, 0, 0}}, {}, Backups::none);
  for (std::size_t i = 0; i < t.arrivals.size(); ++i) {
    EXPECT_EQ(t.arrivals[i].strict, t.arrivals[i].persona == 0 && t.arrivals[i].skill == 0);
  }
  put_on(t, as_it_was, {{0, 4, 1, 2}}, {}, Backups::none);
  EXPECT_TRUE(std::any_of(t.arrivals.begin(), t.arrivals.end(), [](const Arrival& a) { return a.strict; }));
}

TEST(Interval, is_students) {
  const Interval i = interval({1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  EXPECT_DOUBLE_EQ(i.mean, 5.5);
  EXPECT_NEAR(i.high - i.mean, 2.262 * 3.02765 / std::sqrt(10.0), 0.01);
  EXPECT_NEAR(interval({0, 2}).high, 1 + 12.706, 0.01);
}

struct Staff : testing::Test {
  test::TempDir folder;
  std::string trace = (folder / "trace").string();
  std::string roster = (folder / "roster.csv").string();
  std::string page = (folder / "plan.html").string();

  void SetUp() override { ASSERT_EQ(simulate({"--generate", trace, "--hours", "5"}).exit_code, 0); }
  Said plan(const std::vector<std::string>& more, const std::string& shift_min = "2") {
    std::vector<std::string> words = {"--trace", trace, "--staff",     "--json",
                                      "--seeds", "4",   "--shift-min", shift_min};
    words.insert(words.end(), more.begin(), more.end());
    return simulate(words);
  }
};

TEST_F(Staff, section_6_the_targets_hold_and_the_rota_is_a_roster_that_simulate_takes) {
  const Said said = plan({"--write-roster", roster, "--report", page, "--abandon-max", "4"});
  ASSERT_EQ(said.exit_code, 0) << said.err;
  EXPECT_EQ(said.err, "");  // short: no progress
  const json::object told = said.json();
  EXPECT_TRUE(told.at("kept").as_bool());
  ASSERT_EQ(told.at("half_hours").as_array().size(), 10u);
  for (const json::value& h : told.at("half_hours").as_array()) {
    // Means over days here, over visitors in the target: near enough.
    EXPECT_LT(h.at("abandon_pct").at("mean").as_double(), 5);
    EXPECT_LE(h.at("queue_mean_s").at("low").as_double(), h.at("queue_mean_s").at("high").as_double());
    EXPECT_TRUE(h.at("every_skill_queue_mean_s").at("mean").is_double());
    EXPECT_TRUE(h.at("pooled_queue_mean_s").at("mean").is_double());
  }
  EXPECT_LT(told.at("day").at("abandon_pct").at("mean").as_double(),
            told.at("now").at("abandon_pct").at("mean").as_double());
  std::map<std::string, double> wait;
  for (const json::value& c : told.at("changes").as_array()) {
    wait[std::string(c.at("what").as_string())] = c.at("queue_mean_s").at("mean").as_double();
  }
  EXPECT_LE(wait.at("one_more_agent"), 0);
  EXPECT_GE(wait.at("one_fewer_agent"), 0);
  EXPECT_GT(wait.at("no_second_skills"), 0);

  const Said played = simulate({"--trace", trace, "--roster", roster, "--json"});
  ASSERT_EQ(played.exit_code, 0) << played.err;
  EXPECT_LT(played.json().at("abandon_pct").as_double(), 6);
  const std::string html = contents(page);
  EXPECT_NE(html.find("\"kept\":true"), std::string::npos);
}

TEST_F(Staff, section_6_stricter_targets_cost_more_hours_and_the_same_arguments_give_the_same_plan) {
  const auto hours = [](const Said& said) { return said.json().at("day").at("agent_hours").as_double(); };
  const Said lax = plan({"--answered", "50", "--abandon-max", "20", "--occupancy-max", "100"});
  const Said strict = plan({"--answered", "97", "--abandon-max", "1"});
  EXPECT_LT(hours(lax), hours(strict));
  EXPECT_EQ(plan({"--answered", "97", "--abandon-max", "1"}).out, strict.out);
}

TEST_F(Staff, shifts_keep_to_the_shop_s_hours) {
  const Said said = plan({"--shift-max", "4", "--places", "2"}, "3");
  const json::object told = said.json();
  for (const json::value& s : told.at("rota").as_array()) {
    const auto length = s.at("end_ms").as_int64() - s.at("start_ms").as_int64();
    EXPECT_GE(length, 6 * kHalfHour);
    EXPECT_LE(length, 8 * kHalfHour);
  }
  EXPECT_EQ(plan({"--shift-max", "4"}, "5").exit_code, 2);
  EXPECT_EQ(plan({}, "1.7").exit_code, 2);
}

}  // namespace
}  // namespace switchboard::simulate
