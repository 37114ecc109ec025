// Octets into every decoder of the wire: both encodings, both directions, stored bodies, hints. What decodes
// must come back the same when it is written and read again. The first octet chooses the decoder.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "proto/codec.hpp"

namespace {

using namespace switchboard::proto;  // NOLINT

void require(bool holds) {
  if (!holds) std::abort();
}

// Protobuf writes the entries of a map in any order.
bool same(std::string a, std::string b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

template <class Frame, class Decode>
void comes_back(const Frame& frame, Decode decode) {
  for (const Encoding encoding : {Encoding::protobuf, Encoding::json}) {
    const std::string written = encode(encoding, frame);
    const auto again = decode(encoding, written);
    require(again && same(encode(encoding, *again), written));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view octets(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Encoding encoding = (data[0] & 1) == 0 ? Encoding::protobuf : Encoding::json;
  switch (data[0] / 2 % 4) {
    case 0:
      if (const auto frame = decode_client(encoding, octets)) comes_back(*frame, decode_client);
      break;
    case 1:
      if (const auto frame = decode_server(encoding, octets)) comes_back(*frame, decode_server);
      break;
    case 2:
      if (const auto entry = decode_entry_body(octets)) {
        const std::string written = encode_entry_body(*entry);
        const auto again = decode_entry_body(written);
        require(again && same(encode_entry_body(*again), written));
      }
      break;
    default:
      if (const auto hint = decode_hint(octets)) {
        const std::string written = encode_hint(*hint);
        const auto again = decode_hint(written);
        require(again && same(encode_hint(*again), written));
      }
  }
  return 0;
}
