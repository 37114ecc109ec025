// The shop's record: pages in order, by the desk that leads, no more than is kept. On a real Redis.
#include "server/store/store_limits.hpp"
#include "tests/store/store_fixture.hpp"

namespace switchboard::store {

class RecordPages : public StoreTest {
 protected:
  Answer<Done> put(std::uint64_t epoch, std::uint64_t number, const std::string& text,
                   const std::string& kept = {}, std::uint64_t octets_max = 1u << 20) {
    return run(io, store.put_page({shop, epoch, number, text, kept, octets_max}));
  }
  std::string texts() {
    std::string all, last = "0-0";
    for (;;) {
      const auto pages = run(io, store.pages(shop, last, 2));
      EXPECT_TRUE(pages);
      if (!pages || pages->empty()) return all;
      for (const auto& page : *pages)
        all += std::to_string(page.epoch) + ":" + std::to_string(page.number) + ":" + page.text + " ";
      last = pages->back().id;
    }
  }
};

TEST_F(RecordPages, are_numbered_without_gaps_by_each_epoch_and_a_repeat_is_harmless) {
  const auto first = lead();
  EXPECT_EQ(refusal(put(first, 2, "b")), Refusal::stale);
  EXPECT_TRUE(put(first, 1, "a"));
  EXPECT_TRUE(put(first, 1, "a"));
  EXPECT_TRUE(put(first, 2, "b"));
  EXPECT_EQ(refusal(put(first, 4, "d")), Refusal::stale);
  EXPECT_EQ(refusal(put(first, 1, "a")), Refusal::stale);
  ASSERT_TRUE(run(io, store.release_lease(shop, "desk")));
  const auto second = lead("other");
  EXPECT_EQ(refusal(put(second, 3, "c")), Refusal::stale);
  EXPECT_TRUE(put(second, 1, "c"));
  const auto e1 = std::to_string(first), e2 = std::to_string(second);
  EXPECT_EQ(texts(), e1 + ":1:a " + e1 + ":2:b " + e2 + ":1:c ");
}

TEST_F(RecordPages, R1_of_a_desk_that_has_been_replaced_are_refused) {
  const auto first = lead();
  EXPECT_TRUE(put(first, 1, "a"));
  ASSERT_TRUE(run(io, store.release_lease(shop, "desk")));
  const auto second = lead("other");
  EXPECT_EQ(refusal(put(first, 2, "b")), Refusal::fenced);
  EXPECT_EQ(refusal(put(first, 1, "a")), Refusal::fenced);
  EXPECT_TRUE(put(second, 1, "c"));
}

TEST_F(RecordPages, S2_no_more_than_the_limit_is_kept_and_the_oldest_go_first) {
  const auto epoch = lead();
  const std::string text(20'000, 'x');
  for (std::uint64_t n = 1; n <= 40; ++n) ASSERT_TRUE(put(epoch, n, text, {}, 200'000));
  const auto pages = run(io, store.pages(shop, "0-0", pages_max));
  ASSERT_TRUE(pages);
  EXPECT_EQ(pages->back().number, 40u);
  EXPECT_GE(pages->size(), 10u);
  EXPECT_LE(pages->size(), 12u);
}

TEST_F(RecordPages, S2_beyond_the_bounds_are_refused_without_asking) {
  const auto epoch = lead();
  EXPECT_EQ(refusal(put(epoch, 1, "")), Refusal::invalid);
  EXPECT_EQ(refusal(put(epoch, 0, "a")), Refusal::invalid);
  EXPECT_EQ(refusal(put(epoch, 1, std::string(page_octets_max + 1, 'a'))), Refusal::invalid);
  EXPECT_EQ(refusal(put(epoch, 1, "a", std::string(kept_octets_max + 1, 'k'))), Refusal::invalid);
  EXPECT_EQ(refusal(run(io, store.pages(shop, "5", 10))), Refusal::invalid);
  EXPECT_EQ(refusal(run(io, store.pages(shop, "0-0", pages_max + 1))), Refusal::invalid);
}

TEST_F(RecordPages, carry_what_the_next_desk_shall_know) {
  const auto epoch = lead();
  EXPECT_EQ(*run(io, store.kept(shop)), "");
  ASSERT_TRUE(put(epoch, 1, "a", "presale=1"));
  ASSERT_TRUE(put(epoch, 2, "b"));
  EXPECT_EQ(*run(io, store.kept(shop)), "presale=1");
}

}  // namespace switchboard::store
