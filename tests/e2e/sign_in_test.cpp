// Who gets in (reliability: identity; S3): tokens, log-in, and that a refusal tells nothing.
#include <sodium.h>

#include <boost/json.hpp>

#include "server/shop/password.hpp"
#include "tests/e2e/several_gateways.hpp"

namespace switchboard::e2e {
namespace {

namespace json = boost::json;

std::string base64url(const std::string& text) {
  std::string out(sodium_base64_encoded_len(text.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  out.resize(std::strlen(out.c_str()));
  return out;
}

// A token as any JWT library makes one, independent of ours.
std::string signed_by_hand(const std::string& header, const std::string& claims, const std::string& key) {
  const auto text = base64url(header) + "." + base64url(claims);
  unsigned char mac[crypto_auth_hmacsha256_BYTES];
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key.data()), key.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  crypto_auth_hmacsha256_final(&state, mac);
  return text + "." + base64url(std::string(reinterpret_cast<char*>(mac), sizeof mac));
}

class SignIn : public World {
 protected:
  SignIn() {
    EXPECT_GE(sodium_init(), 0);
    if (!gateway.command({"shop", "apply", gateway.write_file("other.toml", other_shop())}))
      throw std::runtime_error("the other shop was not applied");
  }

  std::string claims(const std::string& more, std::int64_t expires_in_s = 600) {
    return R"({"sub":"someone","shop":"corner","exp":)" + std::to_string(std::time(nullptr) + expires_in_s) +
           more + "}";
  }
  // The close code that a hello with this token gets, or 0 with a welcome.
  std::pair<int, std::string> outcome(const std::string& token) {
    auto& client = clients.emplace_back(io, Identity{.token = token});
    client.connect({.port = gateway.port()});
    const auto ref = client.send(client.hello_frame());
    EXPECT_TRUE(wait_for([&] { return client.ended() || client.answer(ref); }));
    if (client.ended()) return {client.wait_closed(), client.octets};
    return {std::holds_alternative<Welcome>(client.answer(ref)->body) ? 0 : -1, ""};
  }
};

TEST_F(SignIn, S3_ATokenThatIsNotRightIsRefusedWithoutSayingWhy) {
  const auto key = gateway.key_of("corner");
  const std::string hs256 = R"({"alg":"HS256","typ":"JWT"})";
  const auto good = signed_by_hand(hs256, claims(R"(,"role":"visitor")"), key);
  EXPECT_EQ(outcome(good).first, 0) << "a shop's backend may make it with any library";
  EXPECT_EQ(outcome(signed_by_hand(hs256, claims(R"(,"role":"agent")").replace(8, 7, "ann"), key)).first, 0);

  auto changed = good;
  changed[changed.size() / 2] = changed[changed.size() / 2] == 'A' ? 'B' : 'A';
  struct Case {
    const char* what;
    std::string token;
    int code;
  };
  const Case cases[] = {
      {"rubbish", "rubbish", 4500},
      {"cut", good.substr(0, good.size() - 3), 4500},
      {"changed", changed, 4500},
      {"no signature", good.substr(0, good.rfind('.') + 1), 4500},
      {"alg none", base64url(R"({"alg":"none"})") + "." + base64url(claims(R"(,"role":"agent")")) + ".",
       4500},
      {"alg none, signed", signed_by_hand(R"({"alg":"none"})", claims(R"(,"role":"agent")"), key), 4500},
      {"another algorithm", signed_by_hand(R"({"alg":"HS512"})", claims(R"(,"role":"visitor")"), key), 4500},
      {"another key", signed_by_hand(hs256, claims(R"(,"role":"visitor")"), std::string(43, 'k')), 4500},
      {"the key of another shop",
       signed_by_hand(hs256, claims(R"(,"role":"visitor")"), gateway.key_of("other")), 4500},
      {"of another shop", gateway.token(shop::TokenRole::visitor, "someone", "", 0, "other"), 4500},
      {"no role", signed_by_hand(hs256, claims(""), key), 4500},
      {"a role of its own", signed_by_hand(hs256, claims(R"(,"role":"owner")"), key), 4500},
      {"not yet valid",
       signed_by_hand(hs256,
                      claims(R"(,"role":"visitor","nbf":)" + std::to_string(std::time(nullptr) + 3600), 7200),
                      key),
       4500},
      {"an agent whom the shop does not employ", gateway.token(shop::TokenRole::agent, "nobody"), 4500},
      {"an agent of another shop by name", gateway.token(shop::TokenRole::agent, "dora"), 4500},
      {"expired and otherwise right", signed_by_hand(hs256, claims(R"(,"role":"visitor")", -120), key), 4005},
      {"expired and of another key",
       signed_by_hand(hs256, claims(R"(,"role":"visitor")", -120), std::string(43, 'k')), 4500},
      {"5,000 octets", std::string(5000, 'a'), 4500},
  };
  for (const auto& [what, token, code] : cases) {
    const auto [got, said] = outcome(token);
    EXPECT_EQ(got, code) << what;
    EXPECT_EQ(said, "") << what << ": nothing but the close code";
  }
  EXPECT_EQ(outcome(signed_by_hand(hs256, claims(R"(,"role":"visitor")", -30), key)).first, 0)
      << "60 s of skew";
  EXPECT_EQ(gateway.log().find(good), std::string::npos) << "tokens are never logged";
}

TEST_F(SignIn, S3_AConnectionWhoseTokenRunsOutIsClosedWith4005) {
  const auto key = gateway.key_of("corner");
  // The 60 s of skew are all but over.
  auto& vera =
      client({.token = signed_by_hand(R"({"alg":"HS256"})", claims(R"(,"role":"visitor")", -57), key)});
  EXPECT_EQ(vera.wait_closed(), 4005);
}

class LogIn : public World {
 protected:
  explicit LogIn(std::vector<std::string> arguments = {})
      : World({.shop_file = shop_with_password(), .arguments = std::move(arguments)}) {}

  static std::string shop_with_password() {
    if (sodium_init() < 0) throw std::runtime_error("libsodium");
    auto text = corner_shop();
    const std::string where = "id = \"ann\"\n";
    return text.insert(text.find(where) + where.size(),
                       "password_hash = \"" + shop::hash_password("open sesame") + "\"\n");
  }
  test::HttpAnswer log_in(const std::string& shop, const std::string& agent, const std::string& password) {
    return test::http(
        gateway.port(), "POST", "/api/v1/login",
        json::serialize(json::object{{"shop", shop}, {"agent", agent}, {"password", password}}));
  }
};

TEST_F(LogIn, S3_TheRightPasswordGivesATokenAndEverythingElseTheSameAnswer) {
  const auto right = log_in("corner", "ann", "open sesame");
  ASSERT_EQ(right.status, 200u) << right.body;
  const auto body = json::parse(right.body).as_object();
  EXPECT_GT(body.at("expires_ms").to_number<std::int64_t>(), 0);
  auto& ann = client({.token = std::string(body.at("token").as_string())});
  EXPECT_EQ(ann.welcome.you.role, Role::agent);
  EXPECT_EQ(ann.welcome.you.name, "Ann");
  EXPECT_EQ(ann.welcome.capacity, 2u);

  const auto wrong = log_in("corner", "ann", "close sesame");
  EXPECT_EQ(wrong.status, 401u);
  for (const auto& other :
       {log_in("corner", "nobody", "open sesame"), log_in("nowhere", "ann", "open sesame"),
        log_in("corner", "bea", ""), log_in("Corner!", "a b", "x")}) {
    EXPECT_EQ(other.status, 401u);
    EXPECT_EQ(other.body, wrong.body) << "nobody learns who exists";
  }
  EXPECT_EQ(test::http(gateway.port(), "GET", "/api/v1/login").status, 405u);
  EXPECT_EQ(test::http(gateway.port(), "POST", "/api/v1/login", "{").status, 400u);
  EXPECT_EQ(test::http(gateway.port(), "POST", "/api/v1/login", R"({"shop":1})").status, 400u);
}

class HastyLogIn : public World {
 protected:
  HastyLogIn() : World({.shop_file = corner_shop(), .arguments = {"--login.per_agent_per_min=2"}}) {}
};

TEST_F(HastyLogIn, S2_GuessingIsSlowedDown) {
  const auto guess = [&](const char* agent) {
    return test::http(gateway.port(), "POST", "/api/v1/login",
                      std::string(R"({"shop":"corner","password":"x","agent":")") + agent + "\"}")
        .status;
  };
  EXPECT_EQ(guess("ann"), 401u);
  EXPECT_EQ(guess("ann"), 401u);
  EXPECT_EQ(guess("ann"), 429u);
  EXPECT_EQ(guess("bea"), 401u) << "others unharmed";
}

class HastyAddress : public World {
 protected:
  HastyAddress() : World({.shop_file = corner_shop(), .arguments = {"--login.per_address_per_min=3"}}) {}
};

TEST_F(HastyAddress, S2_ManyNamesFromOneAddressAreSlowedDownAndLongOnesAreRefusedBeforeTheyAreKept) {
  const auto guess = [&](const std::string& agent, const std::string& shop = "corner") {
    const json::object body{{"shop", shop}, {"agent", agent}, {"password", "x"}};
    return test::http(gateway.port(), "POST", "/api/v1/login", json::serialize(body)).status;
  };
  // They are no try at all: the table of tries knows no name that is longer than names are.
  for (int i = 0; i < 10; ++i) EXPECT_EQ(guess(std::string(65, 'a')), 400u);
  EXPECT_EQ(guess("ann", std::string(65, 'a')), 400u);
  EXPECT_EQ(guess(std::string(60'000, 'a')), 400u);
  EXPECT_EQ(guess(std::string(64, 'a')), 401u);
  EXPECT_EQ(guess("bea"), 401u);
  EXPECT_EQ(guess("cleo"), 401u);
  EXPECT_EQ(guess("dora"), 429u);
}

// A hash costs memory and time: no more wait for one than the limit, here none.
class CrowdedLogIn : public LogIn {
 protected:
  CrowdedLogIn() : LogIn({"--login.hashing_waiting_max=0"}) {}
};

TEST_F(CrowdedLogIn, S2_MoreThanMayWaitForTheirPasswordToBeHashedAreToldToComeAgain) {
  EXPECT_EQ(log_in("corner", "ann", "open sesame").status, 429u);
  EXPECT_EQ(log_in("corner", "ann", "close sesame").status, 429u) << "and nobody learns whether it was right";
}

class LockedOut : public World {
 protected:
  LockedOut()
      : World({.shop_file = corner_shop(),
               .arguments = {"--login.wrong_in_a_row_max=3", "--login.lock_out_s=2",
                             "--login.per_agent_per_min=1000", "--login.per_address_per_min=1000"}}) {}

  unsigned log_in(const std::string& agent, const std::string& password) {
    const json::object body{{"shop", "corner"}, {"agent", agent}, {"password", password}};
    return test::http(gateway.port(), "POST", "/api/v1/login", json::serialize(body)).status;
  }
};

TEST_F(LockedOut, S3_ANameIsLockedOutAfterWrongPasswordsAndAnUnknownOneLooksTheSame) {
  const auto printed = gateway.command({"shop", "password", "corner", "ann"});
  ASSERT_TRUE(printed);
  auto password = printed->substr(printed->rfind(' ') + 1);
  password.pop_back();
  for (const auto* name : {"ann", "nobody"}) {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(log_in(name, "guess"), 401u) << name;
    EXPECT_EQ(log_in(name, password), 429u) << name << ": also the right one";
  }
  EXPECT_EQ(log_in("bea", "guess"), 401u) << "others unharmed";
  EXPECT_TRUE(wait_for([&] {
    std::this_thread::sleep_for(100ms);
    return log_in("ann", password) == 200u;
  })) << "and it ends by itself";
}

class GuessingAtTwo : public TwoGateways {
 protected:
  GuessingAtTwo()
      : TwoGateways({"--login.wrong_in_a_row_max=4", "--login.lock_out_s=60",
                     "--login.per_agent_per_min=1000", "--login.per_address_per_min=1000"}) {}

  static test::HttpAnswer log_in(const Gateway& at, const std::string& agent, const std::string& password) {
    const json::object body{{"shop", "corner"}, {"agent", agent}, {"password", password}};
    return test::http(at.port(), "POST", "/api/v1/login", json::serialize(body));
  }
};

TEST_F(GuessingAtTwo, S3_WrongPasswordsAreCountedByBothTogether) {
  const auto printed = gateway.command({"shop", "password", "corner", "ann"});
  ASSERT_TRUE(printed);
  auto password = printed->substr(printed->rfind(' ') + 1);
  password.pop_back();
  EXPECT_EQ(log_in(gateway, "ann", "guess").status, 401u);
  EXPECT_EQ(log_in(second, "ann", password).status, 200u) << "the right one ends the row";
  const auto other = log_in(second, "bea", "guess");
  for (const auto* name : {"ann", "nobody"}) {
    for (const auto* at : {&gateway, &second, &gateway, &second}) {
      const auto wrong = log_in(*at, name, "guess");
      EXPECT_EQ(wrong.status, 401u) << name;
      EXPECT_EQ(wrong.body, other.body);
    }
    const auto locked = log_in(gateway, name, "guess");
    EXPECT_EQ(locked.status, 429u) << name;
    for (const auto* at : {&gateway, &second}) {
      const auto right = log_in(*at, name, password);
      EXPECT_EQ(right.status, 429u) << name << ": also the right one, at both";
      EXPECT_EQ(right.body, locked.body) << "and it is not told from a guess";
    }
  }
  EXPECT_EQ(log_in(second, "bea", "guess").status, 401u) << "others unharmed";
}

// Row 52 of the fault matrix: what changes while she is connected counts within seconds.
TEST_F(SignIn, S3_WhoIsSignedOutIsClosedAndOnlyNewTokensAreGood) {
  auto& vera = visitor("Vera");
  auto& other = visitor("Olga");
  const auto old_token = gateway.token(shop::TokenRole::visitor, "regular");
  std::this_thread::sleep_for(1100ms);  // "iat" counts seconds
  auto& regular = client({.token = old_token});
  ASSERT_TRUE(gateway.command({"token", "--shop", "corner", "--sign-out", "--sub", "regular"}));
  EXPECT_EQ(regular.wait_closed(), 4500);
  EXPECT_EQ(outcome(old_token).first, 4500);
  EXPECT_EQ(outcome(gateway.token(shop::TokenRole::visitor, "regular")).first, 0) << "a new one is good";
  EXPECT_EQ(outcome(gateway.token(shop::TokenRole::agent, "ann")).first, 0);
  EXPECT_FALSE(vera.ended());
  EXPECT_FALSE(other.ended());
}

TEST_F(SignIn, S3_AKeyIsReplacedWithoutSigningAnybodyOutAndDroppedWhenItMustBe) {
  auto& vera = visitor("Vera");
  const auto before = gateway.token(shop::TokenRole::visitor, "regular");
  ASSERT_TRUE(gateway.command({"token", "--shop", "corner", "--rotate-key"}));
  auto after = *gateway.command({"token", "--shop", "corner", "--sub", "newcomer"});
  after.pop_back();
  EXPECT_TRUE(wait_for([&] { return outcome(after).first == 0; })) << "of the new key";
  EXPECT_EQ(outcome(before).first, 0) << "the key before is still taken";
  EXPECT_FALSE(vera.ended());
  ASSERT_TRUE(gateway.command({"token", "--shop", "corner", "--rotate-key", "--drop-former"}));
  EXPECT_EQ(vera.wait_closed(), 4500);
  EXPECT_EQ(outcome(before).first, 4500);
}

TEST_F(LogIn, S3_AnotherPasswordInTheShopFileSignsTheAgentOut) {
  const auto body = json::parse(log_in("corner", "ann", "open sesame").body).as_object();
  auto& ann = client({.token = std::string(body.at("token").as_string())});
  auto& bea = agent("bea");
  std::this_thread::sleep_for(1100ms);  // "iat" counts seconds
  const auto apply = [&](const std::string& text) {
    return gateway.command({"shop", "apply", gateway.write_file("changed.toml", text)}).has_value();
  };
  auto text =
      shop_with_password() + "# no more than a remark\n";  // the same password, hashed with another salt
  ASSERT_TRUE(apply(text));
  EXPECT_EQ(ann.wait_closed(), 4500);
  EXPECT_EQ(log_in("corner", "ann", "open sesame").status, 200u);
  EXPECT_FALSE(bea.ended()) << "others unharmed";
}

TEST_F(SignIn, S3_ANewPasswordSignsTheAgentOut) {
  auto& ann = agent("ann");
  std::this_thread::sleep_for(1100ms);
  ASSERT_TRUE(gateway.command({"shop", "password", "corner", "ann"}));
  EXPECT_EQ(ann.wait_closed(), 4500);
}

}  // namespace
}  // namespace switchboard::e2e
