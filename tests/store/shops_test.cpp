// Shops, settings, passwords, availability, on a real Redis.
#include <algorithm>

#include "tests/store/store_fixture.hpp"

namespace switchboard::store {

using Shops = StoreTest;

TEST_F(Shops, are_listed_and_read_back) {
  const auto all = run(io, store.shops());
  ASSERT_TRUE(all);
  EXPECT_TRUE(std::find(all->begin(), all->end(), shop) != all->end());
  const auto record = run(io, store.shop(shop));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->text, "settings");
  EXPECT_EQ(record->signing_key, "key");
  EXPECT_EQ(record->revision, 1u);
  EXPECT_EQ(refusal(run(io, store.shop("no-such-shop"))), Refusal::not_found);
  EXPECT_EQ(refusal(run(io, store.shop("No{Such}"))), Refusal::invalid);
}

TEST_F(Shops, get_a_new_revision_only_when_something_changed_and_keep_their_key) {
  Store::ShopSettings settings;
  settings.shop = shop, settings.text = "settings", settings.new_key = "another key";
  settings.agents = {{"ann", 2}, {"bea", 1}};
  ASSERT_TRUE(run(io, store.apply_shop(settings)));
  EXPECT_EQ(run(io, store.shop(shop))->revision, 1u);
  settings.templates = {{"opened|bold|zh", "hi"}, {"opened||zh", "hello"}};
  ASSERT_TRUE(run(io, store.apply_shop(settings)));
  EXPECT_EQ(run(io, store.shop(shop))->revision, 2u);
  EXPECT_EQ(run(io, store.shop(shop))->signing_key, "key");
  const auto texts = run(io, store.templates(shop));
  ASSERT_TRUE(texts);
  ASSERT_EQ(texts->size(), 2u);
  EXPECT_EQ((*texts)[0], (std::pair<std::string, std::string>("opened|bold|zh", "hi")));
  settings.templates.pop_back();
  ASSERT_TRUE(run(io, store.apply_shop(settings)));
  EXPECT_EQ(run(io, store.templates(shop))->size(), 1u);
  EXPECT_EQ(events().back().kind, Event::Kind::shop);
}

TEST_F(Shops, keep_passwords_and_first_ones_only_once) {
  EXPECT_EQ(*run(io, store.password(shop, "ann")), std::nullopt);
  EXPECT_TRUE(*run(io, store.set_password(shop, "ann", "hash-1", true)));
  EXPECT_TRUE(*run(io, store.set_password(shop, "ann", "hash-1", true)));  // a repeat
  EXPECT_FALSE(*run(io, store.set_password(shop, "ann", "hash-2", true)));
  EXPECT_EQ(*run(io, store.password(shop, "ann")), "hash-1");
  EXPECT_TRUE(*run(io, store.set_password(shop, "ann", "hash-2", false)));
  EXPECT_EQ(*run(io, store.password(shop, "ann")), "hash-2");
}

TEST_F(Shops, S3_sign_with_a_new_key_and_keep_at_most_the_one_before) {
  ASSERT_TRUE(run(io, store.rotate_key(shop, "second", true)));
  ASSERT_TRUE(run(io, store.rotate_key(shop, "second", true)));  // a repeat
  EXPECT_EQ(run(io, store.shop(shop))->signing_key, "second");
  EXPECT_EQ(run(io, store.shop(shop))->former_key, "key");
  ASSERT_TRUE(run(io, store.rotate_key(shop, "third", false)));
  EXPECT_EQ(run(io, store.shop(shop))->signing_key, "third");
  EXPECT_EQ(run(io, store.shop(shop))->former_key, "");
  EXPECT_EQ(refusal(run(io, store.rotate_key("no-such-shop", "key", true))), Refusal::not_found);
}

TEST_F(Shops, S3_a_password_that_changes_in_the_shop_file_signs_its_agent_out) {
  Store::ShopSettings settings;
  settings.shop = shop, settings.text = "settings", settings.new_key = "key";
  settings.agents = {{"ann", 2}, {"bea", 1}};
  const auto applied_with = [&](std::vector<std::pair<std::string, std::string>> passwords) {
    settings.passwords = std::move(passwords);
    EXPECT_TRUE(run(io, store.apply_shop(settings)));
    std::string out;
    const auto signed_out = run(io, store.signed_out(shop));
    for (const auto& [identity, time] : *signed_out) out += identity + " ";
    return out;
  };
  EXPECT_EQ(applied_with({{"bea", "hash-1"}}), "a:bea ") << "hers was a stored one before";
  EXPECT_EQ(applied_with({{"bea", "hash-1"}, {"ann", "hash-1"}}).find("a:ann "), 0u);
  settings.agents.emplace_back("cleo", 1);
  EXPECT_EQ(applied_with({{"bea", "hash-1"}, {"ann", "hash-1"}, {"cleo", "hash-1"}}).find("cleo"),
            std::string::npos)
      << "who is new has no sign-in that could end";
  EXPECT_NE(applied_with({{"bea", "hash-1"}, {"ann", "hash-1"}, {"cleo", "hash-2"}}).find("cleo"),
            std::string::npos);
}

TEST_F(Shops, S3_guesses_at_a_password_are_counted_for_all_gateways_together) {
  RedisStore other(io.get_executor(), redis().options(), test::test_random(9), test::quiet());
  other.start();
  test::run_until(io, [&] { return other.ready(); });
  const auto may = [&](RedisStore& gateway, const char* agent) {
    const auto left = run(io, gateway.login_try(shop, agent, 3, 60'000));
    EXPECT_TRUE(left);
    return left && *left == 0;
  };
  for (const char* agent : {"ann", "nobody"}) {
    EXPECT_TRUE(may(store, agent) && may(other, agent) && may(store, agent));
    EXPECT_FALSE(may(other, agent)) << agent;
    EXPECT_FALSE(may(store, agent)) << agent;
  }
  const auto left = run(io, store.login_try(shop, "ann", 3, 30'000));
  EXPECT_LE(*left, 30'000) << "never longer than a lock-out lasts, though the clock was set back";
  EXPECT_GT(*left, 20'000);
  EXPECT_TRUE(may(other, "bea")) << "others unharmed";
  EXPECT_TRUE(run(io, store.login_right(shop, "ann")));
  EXPECT_TRUE(may(other, "ann") && may(other, "ann"));
  EXPECT_EQ(refusal(run(io, store.login_try(shop, "", 3, 60'000))), Refusal::invalid);
  EXPECT_EQ(refusal(run(io, store.login_try(shop, "ann", 0, 60'000))), Refusal::invalid);
  EXPECT_EQ(refusal(run(io, store.login_try(shop, "ann", 3, 0))), Refusal::invalid);
  other.stop();
}

TEST_F(Shops, S3_sign_people_out_by_hand_and_with_their_password) {
  EXPECT_TRUE(run(io, store.signed_out(shop))->empty());
  ASSERT_TRUE(run(io, store.sign_out(shop, "v:vera")));
  const auto first = run(io, store.signed_out(shop));
  ASSERT_EQ(first->size(), 1u);
  EXPECT_EQ((*first)[0].first, "v:vera");
  EXPECT_NEAR(std::stod((*first)[0].second), static_cast<double>(store.now() / 1000), 5);
  EXPECT_TRUE(*run(io, store.set_password(shop, "ann", "hash-1", true)));
  EXPECT_EQ(run(io, store.signed_out(shop))->size(), 1u) << "a first password signs nobody out";
  EXPECT_TRUE(*run(io, store.set_password(shop, "ann", "hash-2", false)));
  EXPECT_EQ(run(io, store.signed_out(shop))->size(), 2u);
  EXPECT_EQ(refusal(run(io, store.sign_out("no-such-shop", "v:vera"))), Refusal::not_found);
}

TEST_F(Shops, keep_the_view_of_free_places) {
  EXPECT_EQ(*run(io, store.availability(shop)), "");
  ASSERT_TRUE(run(io, store.put_availability(shop, "bold: 2")));
  EXPECT_EQ(*run(io, store.availability(shop)), "bold: 2");
}

TEST_F(Shops, S2_with_settings_out_of_bounds_are_refused) {
  Store::ShopSettings settings;
  settings.shop = "UPPER";
  EXPECT_EQ(refusal(run(io, store.apply_shop(settings))), Refusal::invalid);
  settings.shop = shop;
  settings.agents = {{"", 1}};
  EXPECT_EQ(refusal(run(io, store.apply_shop(settings))), Refusal::invalid);
  settings.agents.assign(10'001, {"ann", 1});
  EXPECT_EQ(refusal(run(io, store.apply_shop(settings))), Refusal::invalid);
}

TEST_F(Shops, time_is_that_of_redis) {
  ASSERT_TRUE(open("c1"));
  const auto said_at = append(said("c1", 1, "id-1"))->time;
  EXPECT_NEAR(static_cast<double>(store.now()), static_cast<double>(said_at), 5'000);
}

}  // namespace switchboard::store
