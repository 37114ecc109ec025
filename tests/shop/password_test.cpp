// S3: passwords are argon2id, of a cost that is known beforehand.
#include "server/shop/password.hpp"

#include <gtest/gtest.h>

#include <set>

namespace switchboard::shop {
namespace {

TEST(Password, IsArgon2idWithTheNamedLimits) {
  const std::string hash = hash_password("correct horse");
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=65536,t=2,p=1$")) << hash;
  EXPECT_TRUE(valid_password_hash(hash));
  EXPECT_TRUE(verify_password(hash, "correct horse"));
  EXPECT_FALSE(verify_password(hash, "correct horsf"));
  EXPECT_FALSE(verify_password(hash, ""));
  EXPECT_NE(hash, hash_password("correct horse")) << "each has a salt of its own";
}

TEST(Password, TooLongOrEmptyIsRefusedBeforeAnyWork) {
  EXPECT_EQ(hash_password(""), "");
  EXPECT_EQ(hash_password(std::string(password_octets_max + 1, 'a')), "");
  const std::string hash = hash_password(std::string(password_octets_max, 'a'));
  EXPECT_FALSE(verify_password(hash, std::string(1'000'000, 'a')));
}

TEST(Password, HashesOfAnotherKindOrCostAreRefused) {
  for (const char* hash :
       {"", "secret", "$argon2i$v=19$m=65536,t=2,p=1$AAAA$AAAA", "$2y$10$abcdefghijklmnopqrstuv",
        "$argon2id$v=19$m=4194304,t=2,p=1$AAAA$AAAA", "$argon2id$v=19$m=65536,t=99,p=1$AAAA$AAAA",
        "$argon2id$v=19$m=65536,t=2,p=4$AAAA$AAAA", "$argon2id$v=19$m=0,t=2,p=1$AAAA$AAAA",
        "$argon2id$v=19$m=99999999999999999999,t=2,p=1$AAAA$AAAA", "$argon2id$v=19$m=-1,t=2,p=1$A$A",
        "$argon2id$v=19$"}) {
    EXPECT_FALSE(valid_password_hash(hash)) << hash;
    EXPECT_FALSE(verify_password(hash, "secret")) << hash;
  }
  EXPECT_FALSE(valid_password_hash(std::string(200, 'a')));
  EXPECT_FALSE(verify_password("$argon2id$v=19$m=65536,t=2,p=1$!!!!$!!!!", "secret"))
      << "form right, content not";
}

TEST(Password, ForNobodyItIsAlwaysWrong) {
  EXPECT_FALSE(verify_nobody("secret"));
  EXPECT_FALSE(verify_nobody(""));
}

TEST(Password, RandomOnesCanBeReadOutAndDoNotRepeat) {
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) {
    const std::string password = random_password();
    ASSERT_EQ(password.size(), 19u);
    EXPECT_EQ(password.find_first_not_of("abcdefghijkmnpqrstuvwxyz23456789-"), std::string::npos) << password;
    EXPECT_TRUE(seen.insert(password).second);
  }
}

}  // namespace
}  // namespace switchboard::shop
