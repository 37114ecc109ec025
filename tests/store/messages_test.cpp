// M2, M3, M5 of the append path, on a real Redis.
#include "tests/store/store_fixture.hpp"

namespace switchboard::store {

using Messages = StoreTest;

TEST_F(Messages, M3_are_numbered_1_2_3_without_gaps_and_read_back_whole) {
  ASSERT_TRUE(open("c1", "vera", {"welcome"}));
  const auto first = append(said("c1", 1, "id-1"));
  const auto second = append(said("c1", 2, "id-2"));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->seq, 2u);
  EXPECT_EQ(second->seq, 3u);
  EXPECT_FALSE(first->duplicate);
  EXPECT_EQ(first->epoch, view("c1").epoch);
  const auto entries = log("c1");
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].body, "welcome");
  EXPECT_EQ(entries[0].sender, "");
  EXPECT_EQ(entries[1].sender, "phone");
  EXPECT_EQ(entries[1].number, 1u);
  EXPECT_EQ(entries[1].client_id, "id-1");
  EXPECT_EQ(entries[1].time, first->time);
  EXPECT_EQ(log("c1", 2).size(), 1u);
  EXPECT_EQ(log("c1", 0, 1).size(), 1u);
  EXPECT_EQ(log("c1", 3).size(), 0u);
  EXPECT_EQ(view("c1").head, 3u);
}

}  // namespace switchboard::store
