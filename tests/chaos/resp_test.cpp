// Where a value of the Redis protocol ends.
#include "bench/chaos/resp.hpp"

#include <gtest/gtest.h>

namespace switchboard::chaos {
namespace {

TEST(Resp, a_value_is_whole_at_its_last_octet_and_not_before) {
  for (const std::string value :
       {"+OK\r\n", "-ERR no\r\n", ":-12\r\n", "$5\r\nhe\r\no\r\n", "$-1\r\n", "*-1\r\n", "*0\r\n",
        "*3\r\n:1\r\n*2\r\n$1\r\na\r\n$0\r\n\r\n+x\r\n", "%1\r\n+a\r\n:1\r\n", ">2\r\n+a\r\n_\r\n"}) {
    EXPECT_EQ(whole_value(value + "+next\r\n"), value.size()) << value;
    for (std::size_t n = 0; n < value.size(); ++n)
      EXPECT_EQ(whole_value(std::string_view(value).substr(0, n)), 0u) << value << " cut after " << n;
  }
}

TEST(Resp, what_is_no_value_is_told) {
  for (const char* junk : {"hello\r\n", "$x\r\n", "*2x\r\n:1\r\n", "*1\r\nx\r\n"})
    EXPECT_EQ(whole_value(junk), no_resp) << junk;
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "*1\r\n";
  EXPECT_EQ(whole_value(deep), no_resp) << "deeper than anything that Redis answers";
}

TEST(Resp, words_of_a_command_come_back_as_they_were) {
  const std::vector<std::string_view> words = {"FCALL", "", "a\r\nb", "{shop}:"};
  EXPECT_EQ(words_of(command_of(words)), words);
  EXPECT_TRUE(words_of("+PONG\r\n").empty());
  EXPECT_TRUE(words_of("*1\r\n:1\r\n").empty());
}

}  // namespace
}  // namespace switchboard::chaos
