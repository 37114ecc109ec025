// Slots of a cluster, against vectors that others have published or Redis itself answers.
#include "server/store/redis_slots.hpp"

#include <gtest/gtest.h>

namespace switchboard::store {

namespace {

SlotMap map_of(const std::string& resp, const RedisAddress& asked = {"asked", 1}) {
  ReplyReader reader;
  EXPECT_TRUE(reader.feed(resp));
  Reply reply;
  EXPECT_TRUE(reader.next(reply));
  return SlotMap::parse(reply.view(), asked).value_or(SlotMap());
}

std::string node(const std::string& host, int port) {
  return "*3\r\n$" + std::to_string(host.size()) + "\r\n" + host + "\r\n:" + std::to_string(port) +
         "\r\n$2\r\nid\r\n";
}

}  // namespace

TEST(Slots, are_CRC16_XMODEM_of_the_key_modulo_16384) {
  EXPECT_EQ(slot_of_key("123456789"), 0x31C3 % 16384);  // the check value of CRC-16/XMODEM
  EXPECT_EQ(slot_of_key("foo"), 12182);                 // CLUSTER KEYSLOT
  EXPECT_EQ(slot_of_key("bar"), 5061);
  EXPECT_EQ(slot_of_key("hello"), 866);
  EXPECT_EQ(slot_of_key(""), 0);
}

TEST(Slots, count_the_hash_tag_alone_as_the_specification_says) {
  EXPECT_EQ(slot_of_key("{user1000}.following"), slot_of_key("user1000"));
  EXPECT_EQ(slot_of_key("{user1000}.followers"), slot_of_key("{user1000}.following"));
  EXPECT_NE(slot_of_key("foo{}{bar}"), slot_of_key("bar")) << "an empty tag is none";
  EXPECT_EQ(slot_of_key("foo{{bar}}zap"), slot_of_key("{bar"));
  EXPECT_EQ(slot_of_key("foo{bar}{zap}"), slot_of_key("bar"));
  EXPECT_EQ(slot_of_key("foo{bar"), slot_of_key("foo{bar")) << "one that does not end is none";
}

TEST(Slots, of_commands_are_those_of_their_key_whatever_people_wrote) {
  EXPECT_EQ(
      slot_of_command(Command("FCALL").arg("sb1_append").arg("1").arg("{demo}:").arg("{x} }{").octets()),
      slot_of_key("demo"));
  EXPECT_EQ(slot_of_command(Command("XRANGE").arg("{demo}:m:c1").arg("-").arg("+").octets()),
            slot_of_key("demo"));
  EXPECT_EQ(slot_of_command(Command("SADD").arg("{sys}:shops").arg("demo").octets()), slot_of_key("sys"));
}

TEST(SlotMaps, are_read_from_CLUSTER_SLOTS) {
  const auto map = map_of("*2\r\n*4\r\n:0\r\n:8191\r\n" + node("10.0.0.1", 7001) + node("10.0.0.9", 7009) +
                          "*3\r\n:8192\r\n:16383\r\n" + node("", 7002));
  EXPECT_EQ(map.masters(), (std::vector<RedisAddress>{{"10.0.0.1", 7001}, {"asked", 7002}}));
  ASSERT_NE(map.owner(0), nullptr);
  EXPECT_EQ(map.owner(8191)->port, 7001);
  EXPECT_EQ(map.owner(8192)->port, 7002);
  EXPECT_EQ(map.owner(16383)->host, "asked");
}

TEST(SlotMaps, have_holes_where_no_master_is_and_follow_what_is_assigned) {
  auto map = map_of("*1\r\n*3\r\n:5\r\n:6\r\n" + node("a", 1));
  EXPECT_EQ(map.owner(4), nullptr);
  EXPECT_NE(map.owner(5), nullptr);
  map.assign(4, 4, {"b", 2});
  EXPECT_EQ(*map.owner(4), (RedisAddress{"b", 2}));
  EXPECT_EQ(map.masters().size(), 2u);
}

TEST(SlotMaps, refuse_what_is_none) {
  for (const std::string& bad :
       {std::string("*0\r\n"), std::string("+OK\r\n"), std::string("*1\r\n:3\r\n"),
        "*1\r\n*3\r\n:9\r\n:8\r\n" + node("a", 1), "*1\r\n*3\r\n:0\r\n:16384\r\n" + node("a", 1),
        "*1\r\n*3\r\n:0\r\n:1\r\n" + node("a", 70000), std::string("*1\r\n*2\r\n:0\r\n:1\r\n")})
    EXPECT_TRUE(map_of(bad).masters().empty()) << bad;
}

TEST(MovedErrors, name_a_slot_and_its_master) {
  const RedisAddress asked{"10.0.0.7", 7000};
  const auto moved = parse_moved("MOVED 3999 127.0.0.1:6381", asked);
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->slot, 3999);
  EXPECT_EQ(moved->to, (RedisAddress{"127.0.0.1", 6381}));
  EXPECT_EQ(parse_moved("MOVED 1 :6381", asked)->to, (RedisAddress{"10.0.0.7", 6381}));
  EXPECT_EQ(parse_moved("MOVED 1 ::1:6381", asked)->to, (RedisAddress{"::1", 6381}));
  for (const char* bad : {"MOVED", "MOVED 1", "MOVED x a:1", "MOVED 16384 a:1", "MOVED 1 a:0", "MOVED 1 a:b",
                          "ASK 1 a:1", "MOVED 1 a:99999", ""})
    EXPECT_FALSE(parse_moved(bad, asked)) << bad;
}

}  // namespace switchboard::store
