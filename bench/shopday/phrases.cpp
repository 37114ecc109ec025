#include "bench/shopday/phrases.hpp"

#include <array>
#include <cmath>
#include <string_view>

namespace switchboard::shopday {
namespace {

// Figures of 1,500 real Taobao customer service sessions (clothing and make-up; our own counts from the data
// set of Liu et al., AAAI 2021): utterances per session from 5 to 30, share of the shopper, words per
// utterance.
constexpr int utterances_min = 5;
constexpr std::array<int, 26> sessions_by_utterances = {
    280, 179, 179, 145, 125, 90, 90, 65, 54, 52, 43, 28, 31, 22, 23, 15, 11, 14, 12, 11, 5, 8, 7, 3, 6, 2};
constexpr double shopper_share = 0.524;
constexpr double shopper_words_mean = 4.27;
constexpr double agent_words_mean = 36.07;
// A phrase below is about so many words as segmented Chinese counts them.
constexpr double words_per_phrase = 4.3;

constexpr std::array<std::string_view, 24> shopper_phrases = {
    "在吗亲",       "这款还有货吗",     "敏感肌可以用吗", "今天能发货吗", "有小样送吗",       "什么时候到",
    "能便宜点吗",   "跟上次那瓶一样吗", "色号怎么选",     "我是黄皮",     "油皮夏天用会闷吗", "包邮吗",
    "可以开发票吗", "刚拍错了能改吗",   "帮我看下物流",   "盒子压坏了",   "孕妇能用吗",       "保质期到几时",
    "那就要两支吧", "好的谢谢你",       "等等我想一下",   "有没有套装",   "怎么感觉有点泛红", "嗯嗯明白了"};

constexpr std::array<std::string_view, 24> agent_phrases = {
    "您好，很高兴为您服务",         "这款目前库存充足",         "下午四点前付款当天就能发出",
    "一般两到三天可以到您手上",     "配方里没有酒精和香精",     "敏感肌建议先在耳后试用",
    "干皮可以叠加同系列的乳液",     "这一批的保质期到后年三月", "现在下单会随机附赠两片面膜",
    "满两件还可以再减二十元",       "我帮您备注一下优先出库",   "黄皮推荐偏暖的那一支",
    "拍下后如需改地址请及时告诉我", "发票会随电子邮件发给您",   "物流已经到达您所在的城市",
    "破损的话麻烦拍张照片给我",     "我们这边给您补发一份新的", "油皮夏天取黄豆大小就够了",
    "早晚各一次坚持四周效果更好",   "孕期建议选择旁边这一款",   "不合适七天内都可以退换",
    "运费由我们来承担哦",           "有任何问题随时来找我",     "祝您生活愉快天天好心情"};

// How many phrases: geometric, so that most are short and some are long, with the wanted mean.
int phrases(std::mt19937_64& random, double words_mean) {
  const double mean = std::max(1.0, words_mean / words_per_phrase);
  return 1 + std::geometric_distribution<int>(1.0 / mean)(random);
}

template <std::size_t N>
std::string join(std::mt19937_64& random, const std::array<std::string_view, N>& stock, int count) {
  std::string text;
  for (int i = 0; i < std::min(count, 40); ++i) {
    if (i > 0) text += "，";
    text += stock[std::uniform_int_distribution<std::size_t>(0, N - 1)(random)];
  }
  return text;
}

}  // namespace

int utterances(std::mt19937_64& random) {
  static const std::discrete_distribution<int> table(sessions_by_utterances.begin(),
                                                     sessions_by_utterances.end());
  auto draw = table;
  return utterances_min + draw(random);
}

bool shopper_speaks(std::mt19937_64& random) {
  return std::bernoulli_distribution(shopper_share)(random);
}

std::string shopper_text(std::mt19937_64& random) {
  return join(random, shopper_phrases, phrases(random, shopper_words_mean));
}

std::string agent_text(std::mt19937_64& random) {
  return join(random, agent_phrases, phrases(random, agent_words_mean)) + "～";
}

std::string text_of_octets(std::uint64_t seed, std::size_t octets) {
  std::mt19937_64 random(seed);
  std::string text;
  while (text.size() < octets) text += agent_text(random);
  std::size_t end = octets;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text;
}

}  // namespace switchboard::shopday
