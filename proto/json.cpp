#include "proto/json.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>

namespace switchboard::proto::json {
namespace {

namespace js = boost::json;
namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

bool read_message(const js::object&, pb::Message&);

// ---------------------------------------------------------------- reading

// A JSON number, or a string holding one, as the mapping allows: whole, and within T.
template <class T>
std::optional<T> whole(const js::value& value) {
  if (const auto* i = value.if_int64()) {
    return std::in_range<T>(*i) ? std::optional<T>(static_cast<T>(*i)) : std::nullopt;
  }
  if (const auto* u = value.if_uint64()) {
    return std::in_range<T>(*u) ? std::optional<T>(static_cast<T>(*u)) : std::nullopt;
  }
  if (const auto* d = value.if_double()) {
    // Beyond 2^53 a double does not say which whole number was meant.
    constexpr double exact_max = 9007199254740992.0;
    if (!(std::fabs(*d) <= exact_max) || *d != std::trunc(*d)) return std::nullopt;
    const auto i = static_cast<std::int64_t>(*d);
    return std::in_range<T>(i) ? std::optional<T>(static_cast<T>(i)) : std::nullopt;
  }
  if (const auto* s = value.if_string()) {
    T out{};
    const auto [end, error] = std::from_chars(s->data(), s->data() + s->size(), out);
    if (error == std::errc{} && end == s->data() + s->size()) return out;
  }
  return std::nullopt;
}

enum class EnumReading { read, skipped, wrong };

EnumReading read_enum(const js::value& value, const Field& field, int& number) {
  if (const auto* name = value.if_string()) {
    const auto* known = field.enum_type()->FindValueByName(std::string(*name));
    if (!known) return EnumReading::skipped;
    number = known->number();
    return EnumReading::read;
  }
  const auto given = whole<std::int32_t>(value);
  if (!given) return EnumReading::wrong;
  number = *given;
  return EnumReading::read;
}

bool read_singular(const js::value& value, pb::Message& message, const Field& field) {
  const pb::Reflection& to = *message.GetReflection();
  switch (field.cpp_type()) {
    case Field::CPPTYPE_STRING:
      if (!value.is_string()) return false;
      to.SetString(&message, &field, std::string(value.get_string()));
      return true;
    case Field::CPPTYPE_BOOL:
      if (!value.is_bool()) return false;
      to.SetBool(&message, &field, value.get_bool());
      return true;
    case Field::CPPTYPE_UINT32:
      if (const auto n = whole<std::uint32_t>(value)) return to.SetUInt32(&message, &field, *n), true;
      return false;
    case Field::CPPTYPE_INT64:
      if (const auto n = whole<std::int64_t>(value)) return to.SetInt64(&message, &field, *n), true;
      return false;
    case Field::CPPTYPE_ENUM: {
      int number = 0;
      const EnumReading reading = read_enum(value, field, number);
      // An unknown name reads as a number that no version has: the codec decides what that means, as in
      // binary (W7).
      if (reading == EnumReading::skipped) number = std::numeric_limits<std::int32_t>::max();
      if (reading != EnumReading::wrong) to.SetEnumValue(&message, &field, number);
      return reading != EnumReading::wrong;
    }
    case Field::CPPTYPE_MESSAGE:
      return value.is_object() && read_message(value.get_object(), *to.MutableMessage(&message, &field));
    default:
      return false;  // the schema has no other kinds; a new one must be added here and in write_singular
  }
}

bool read_map(const js::value& value, pb::Message& message, const Field& field) {
  if (!value.is_object()) return false;
  const pb::Descriptor& entry = *field.message_type();
  for (const auto& [key, held] : value.get_object()) {
    pb::Message& pair = *message.GetReflection()->AddMessage(&message, &field);
    pair.GetReflection()->SetString(&pair, entry.map_key(), std::string(key));
    if (!read_singular(held, pair, *entry.map_value())) return false;
  }
  return true;
}

bool read_list(const js::value& value, pb::Message& message, const Field& field) {
  if (!value.is_array()) return false;
  const pb::Reflection& to = *message.GetReflection();
  for (const js::value& item : value.get_array()) {
    if (field.cpp_type() == Field::CPPTYPE_MESSAGE) {
      if (!item.is_object() || !read_message(item.get_object(), *to.AddMessage(&message, &field)))
        return false;
    } else if (field.cpp_type() == Field::CPPTYPE_STRING) {
      if (!item.is_string()) return false;
      to.AddString(&message, &field, std::string(item.get_string()));
    } else {
      return false;  // the schema has no other lists
    }
  }
  return true;
}

const Field* find_field(const pb::Descriptor& type, js::string_view name) {
  const std::string key(name);
  if (const Field* field = type.FindFieldByCamelcaseName(key)) return field;
  return type.FindFieldByName(key);
}

bool read_message(const js::object& object, pb::Message& message) {
  const pb::Reflection& to = *message.GetReflection();
  for (const auto& [name, value] : object) {
    const Field* field = find_field(*message.GetDescriptor(), name);
    if (!field || value.is_null()) continue;
    const auto* choice = field->real_containing_oneof();
    if (choice && to.HasOneof(message, choice)) return false;
    if (!choice) to.ClearField(&message, field);  // both spellings of one field: the last one counts
    const bool good = field->is_map()        ? read_map(value, message, *field)
                      : field->is_repeated() ? read_list(value, message, *field)
                                             : read_singular(value, message, *field);
    if (!good) return false;
  }
  return true;
}

// ---------------------------------------------------------------- writing

void write_string(std::string_view text, std::string& out) {
  static constexpr char hex[] = "0123456789abcdef";
  out += '"';
  std::size_t plain = 0;  // start of what needs no escape and is copied in one piece
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else {
      out += "\\u00";
      out += hex[c >> 4];
      out += hex[c & 15];
    }
  }
  out.append(text, plain);
  out += '"';
}

void write_message(const pb::Message& message, std::string& out);

void write_singular(const pb::Message& message, const Field& field, std::string& out) {
  const pb::Reflection& from = *message.GetReflection();
  std::string scratch;
  switch (field.cpp_type()) {
    case Field::CPPTYPE_STRING:
      return write_string(from.GetStringReference(message, &field, &scratch), out);
    case Field::CPPTYPE_BOOL:
      out += from.GetBool(message, &field) ? "true" : "false";
      return;
    case Field::CPPTYPE_UINT32:
      out += std::to_string(from.GetUInt32(message, &field));
      return;
    case Field::CPPTYPE_INT64:
      out += '"' + std::to_string(from.GetInt64(message, &field)) + '"';
      return;
    case Field::CPPTYPE_ENUM: {
      const int number = from.GetEnumValue(message, &field);
      const auto* known = field.enum_type()->FindValueByNumber(number);
      out += known ? '"' + known->name() + '"' : std::to_string(number);
      return;
    }
    case Field::CPPTYPE_MESSAGE:
      return write_message(from.GetMessage(message, &field), out);
    default:
      out += "null";  // the schema has no other kinds
  }
}

void write_list(const pb::Message& message, const Field& field, std::string& out) {
  const pb::Reflection& from = *message.GetReflection();
  std::string scratch;
  out += '[';
  for (int i = 0, n = from.FieldSize(message, &field); i < n; ++i) {
    if (i > 0) out += ',';
    if (field.cpp_type() == Field::CPPTYPE_STRING) {
      write_string(from.GetRepeatedStringReference(message, &field, i, &scratch), out);
    } else {
      write_message(from.GetRepeatedMessage(message, &field, i), out);
    }
  }
  out += ']';
}

// In the order of the keys, so that equal frames are equal bytes: protobuf's maps have a random order.
void write_map(const pb::Message& message, const Field& field, std::string& out) {
  const pb::Reflection& from = *message.GetReflection();
  std::map<std::string, const pb::Message*> pairs;
  for (int i = 0, n = from.FieldSize(message, &field); i < n; ++i) {
    const pb::Message& pair = from.GetRepeatedMessage(message, &field, i);
    pairs[pair.GetReflection()->GetString(pair, field.message_type()->map_key())] = &pair;
  }
  char separator = '{';
  for (const auto& [key, pair] : pairs) {
    out += separator;
    separator = ',';
    write_string(key, out);
    out += ':';
    write_singular(*pair, *field.message_type()->map_value(), out);
  }
  out += pairs.empty() ? "{}" : "}";
}

void write_message(const pb::Message& message, std::string& out) {
  const pb::Descriptor& type = *message.GetDescriptor();
  out += '{';
  bool first = true;
  for (int i = 0; i < type.field_count(); ++i) {
    const Field& field = *type.field(i);
    if (field.has_presence() && !message.GetReflection()->HasField(message, &field)) continue;
    if (!first) out += ',';
    first = false;
    out += '"';
    out += field.json_name();
    out += "\":";
    if (field.is_map()) {
      write_map(message, field, out);
    } else if (field.is_repeated()) {
      write_list(message, field, out);
    } else {
      write_singular(message, field, out);
    }
  }
  out += '}';
}

}  // namespace

bool read(std::string_view text, google::protobuf::Message& message) {
  std::array<unsigned char, 4096> block;  // an ordinary frame is read without an allocation
  js::monotonic_resource memory(block.data(), block.size());
  js::parse_options strict;
  strict.max_depth = depth_max;
  js::error_code error;
  const js::value root = js::parse(js::string_view(text.data(), text.size()), error, &memory, strict);
  return !error && root.is_object() && read_message(root.get_object(), message);
}

std::string write(const google::protobuf::Message& message) {
  std::string out;
  out.reserve(256);
  write_message(message, out);
  return out;
}

}  // namespace switchboard::proto::json
