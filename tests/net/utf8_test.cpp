// The UTF-8 checker against the definition itself (RFC 3629 section 4): a slow decoder that is plainly right
// is the judge, over all short sequences that matter and over every way to cut a text.
#include "server/net/utf8.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace switchboard::net {
namespace {

void append_code_point(std::string& out, std::uint32_t point) {
  const auto tail = [&](int shift) { out.push_back(static_cast<char>(0x80 | ((point >> shift) & 0x3F))); };
  if (point < 0x80) {
    out.push_back(static_cast<char>(point));
  } else if (point < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (point >> 6)));
    tail(0);
  } else if (point < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (point >> 12)));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xF0 | (point >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

// Decodes generously, then asks whether the shortest form of a permitted code point was used.
bool is_utf8_by_definition(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t size = lead < 0x80       ? 1
                             : lead >> 5 == 6  ? 2
                             : lead >> 4 == 14 ? 3
                             : lead >> 3 == 30 ? 4
                                               : 0;
    if (size == 0 || at + size > text.size()) return false;
    std::uint32_t point = size == 1 ? lead : lead & (0x7F >> size);
    for (std::size_t i = 1; i < size; ++i)
      point = point << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3F);
    std::string again;
    append_code_point(again, point);
    if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF) || again != text.substr(at, size))
      return false;
    at += size;
  }
  return true;
}

TEST(Utf8, EveryCodePointIsTakenAndNoSurrogate) {
  for (std::uint32_t point = 0; point <= 0x10FFFF; ++point) {
    std::string text;
    append_code_point(text, point);
    ASSERT_EQ(is_utf8(text), point < 0xD800 || point > 0xDFFF) << std::hex << point;
  }
}

TEST(Utf8, EverySequenceOfThreeOctetsIsJudgedAsByDefinition) {
  std::string text(3, '\0');
  for (int a = 0x70; a < 0x100; ++a) {
    for (int b = 0x70; b < 0x100; ++b) {
      for (int c = 0x70; c < 0x100; ++c) {
        text = {static_cast<char>(a), static_cast<char>(b), static_cast<char>(c)};
        ASSERT_EQ(is_utf8(text), is_utf8_by_definition(text)) << a << " " << b << " " << c;
      }
    }
  }
}

TEST(Utf8, OverlongFormsSurrogatesAndWhatIsAboveTheLastPlaneAreRefused) {
  for (const char* bad :
       {"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xFF", "\x80", "a\xBF"}) {
    EXPECT_FALSE(is_utf8(bad));
    EXPECT_FALSE(is_utf8(std::string("in the middle of a longer text ") + bad + " 和后面的文字"));
  }
}

TEST(Utf8, AWrongOctetAtAnyPlaceOfALongTextIsFound) {
  std::string good;
  for (int i = 0; i < 8; ++i) good += "plain words 掌柜的，这双鞋还有货吗？ \xF0\x9F\x98\x80 ";
  ASSERT_TRUE(is_utf8(good));
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = '\xFF';
    ASSERT_FALSE(is_utf8(bad)) << at;
  }
}

TEST(Utf8, ATextCutAnywhereIsJudgedLikeTheWhole) {
  const std::string text = "ab\xC3\xA9\xE2\x82\xAC掌柜\xF0\x9F\x98\x80z 0123456789";
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      Utf8Checker checker;
      ASSERT_TRUE(checker.feed(text.substr(0, first)));
      ASSERT_TRUE(checker.feed(text.substr(first, second - first)));
      ASSERT_TRUE(checker.feed(text.substr(second)));
      ASSERT_TRUE(checker.complete());
    }
  }
}

TEST(Utf8, ATextThatEndsWithinACodePointIsNotCompleteAndAnEmptyPieceDoesNotMakeItSo) {
  for (const std::string cut : {"\xC3", "\xE6\x8E", "\xF0\x9F\x98"}) {
    Utf8Checker checker;
    ASSERT_TRUE(checker.feed(cut));
    ASSERT_TRUE(checker.feed({}));
    EXPECT_FALSE(checker.complete());
  }
}

TEST(Utf8, AWrongOctetIsRefusedAtOnceNotAtTheEnd) {
  Utf8Checker checker;
  ASSERT_TRUE(checker.feed("\xED"));
  EXPECT_FALSE(checker.feed("\xA0"));
}

TEST(Utf8, RandomTextsInRandomPiecesAreJudgedAsByDefinition) {
  std::mt19937 random(20261121);
  const std::vector<std::string> parts{
      "a",    "\xC3\xA9", "\xE6\x8E\x8C", "\xF0\x9F\x98\x80", "\xE0\xA0\x80",
      "\x80", "\xED\x9F", "\xBF",         "        ",         "\xF4\x8F\xBF\xBF"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (auto left = random() % 12; left > 0; --left) text += parts[random() % parts.size()];
    Utf8Checker checker;
    bool good = true;
    for (std::size_t at = 0; at < text.size() && good;) {
      const std::size_t count = std::min<std::size_t>(1 + random() % 9, text.size() - at);
      good = checker.feed(std::string_view(text).substr(at, count));
      at += count;
    }
    ASSERT_EQ(good && checker.complete(), is_utf8_by_definition(text));
  }
}

}  // namespace
}  // namespace switchboard::net
