#include "tests/sim/redis_library.hpp"

#include <openssl/sha.h>

#include <lua.hpp>

namespace switchboard::sim {

namespace {

std::string text_at(lua_State* lua, int index) {
  std::size_t size = 0;
  // Redis turns numbers into text with "%.17g".
  if (lua_type(lua, index) == LUA_TNUMBER) {
    char digits[64];
    const int length = std::snprintf(digits, sizeof digits, "%.17g", lua_tonumber(lua, index));
    return std::string(digits, static_cast<std::size_t>(length));
  }
  const char* text = lua_tolstring(lua, index, &size);
  return text ? std::string(text, size) : std::string();
}

void push_texts(lua_State* lua, const Words& words) {
  lua_createtable(lua, static_cast<int>(words.size()), 0);
  for (std::size_t i = 0; i < words.size(); ++i) {
    lua_pushlstring(lua, words[i].data(), words[i].size());
    lua_rawseti(lua, -2, static_cast<int>(i + 1));
  }
}

void push_field(lua_State* lua, const char* name, const std::string& text) {
  lua_newtable(lua);
  lua_pushlstring(lua, text.data(), text.size());
  lua_setfield(lua, -2, name);
}

void push(lua_State* lua, const Value& value) {
  switch (value.kind) {
    case Value::Kind::nil:
    case Value::Kind::nil_array:
      return lua_pushboolean(lua, 0);
    case Value::Kind::integer:
      return lua_pushnumber(lua, static_cast<lua_Number>(value.integer));
    case Value::Kind::text:
      return lua_pushlstring(lua, value.text.data(), value.text.size());
    case Value::Kind::status:
      return push_field(lua, "ok", value.text);
    case Value::Kind::error:
      return push_field(lua, "err", value.text);
    case Value::Kind::array:
      luaL_checkstack(lua, 4, "reply too deep");
      lua_createtable(lua, static_cast<int>(value.items.size()), 0);
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        push(lua, value.items[i]);
        lua_rawseti(lua, -2, static_cast<int>(i + 1));
      }
      return;
  }
}

// A function's result as Redis makes a reply of it: numbers lose their fraction, a table ends at its first
// nil.
Value reply_at(lua_State* lua, int index) {
  switch (lua_type(lua, index)) {
    case LUA_TSTRING:
      return Value::bulk(text_at(lua, index));
    case LUA_TNUMBER:
      return Value::number(static_cast<std::int64_t>(lua_tonumber(lua, index)));
    case LUA_TBOOLEAN:
      return lua_toboolean(lua, index) ? Value::number(1) : Value::nil();
    case LUA_TTABLE:
      break;
    default:
      return Value::nil();
  }
  lua_getfield(lua, index, "err");
  const bool failed = lua_isstring(lua, -1);
  const std::string error = failed ? text_at(lua, -1) : "";
  lua_pop(lua, 1);
  if (failed) return Value::error(error);
  lua_getfield(lua, index, "ok");
  const bool fine = lua_isstring(lua, -1);
  const std::string status = fine ? text_at(lua, -1) : "";
  lua_pop(lua, 1);
  if (fine) return Value::status(status);
  std::vector<Value> items;
  for (int i = 1;; ++i) {
    lua_rawgeti(lua, index, i);
    if (lua_isnil(lua, -1)) break;
    items.push_back(reply_at(lua, lua_gettop(lua)));
    lua_pop(lua, 1);
  }
  lua_pop(lua, 1);
  return Value::array(std::move(items));
}

}  // namespace

void Library::Close::operator()(lua_State* lua) const {
  lua_close(lua);
}

Library::Library(std::string text, Run run)
    : text_(std::move(text)), run_(std::move(run)), lua_(luaL_newstate()) {
  lua_State* lua = lua_.get();
  luaL_openlibs(lua);
  for (const char* name : {"io", "os", "require", "package", "dofile", "loadfile", "print"}) {
    lua_pushnil(lua);
    lua_setglobal(lua, name);
  }
  lua_gc(lua, LUA_GCSETPAUSE,
         1'000);  // calls are short and what lives is small: collecting is most of the cost
  open_api();
  const auto body = text_.find('\n');  // behind "#!lua name=..."
  if (!text_.starts_with("#!lua") || body == std::string::npos) throw std::runtime_error("no library");
  const std::string code = text_.substr(body);
  if (luaL_loadbuffer(lua, code.data(), code.size(), "sb1") != 0 || lua_pcall(lua, 0, 0, 0) != 0)
    throw std::runtime_error("the library does not load: " + text_at(lua, -1));
  // As in Redis: globals can neither be made nor missed.
  static constexpr std::string_view strict =
      "setmetatable(_G, { __newindex = function(_, name) error('global written: ' .. tostring(name), 2) end, "
      "__index = function(_, name) error('global read: ' .. tostring(name), 2) end })";
  if (luaL_loadbuffer(lua, strict.data(), strict.size(), "strict") != 0 || lua_pcall(lua, 0, 0, 0) != 0)
    throw std::runtime_error(text_at(lua, -1));
}

Library::~Library() = default;

void Library::open_api() {
  lua_State* lua = lua_.get();
  static constexpr luaL_Reg api[] = {
      {"call", redis_call},
      {"pcall", redis_pcall},
      {"register_function", redis_register},
      {"sha1hex", redis_sha1hex},
      {"error_reply", redis_error_reply},
  };
  lua_newtable(lua);
  for (const auto& [name, function] : api) {
    lua_pushlightuserdata(lua, this);
    lua_pushcclosure(lua, function, 1);
    lua_setfield(lua, -2, name);
  }
  lua_setglobal(lua, "redis");
}

Library& Library::self(lua_State* lua) {
  return *static_cast<Library*>(lua_touserdata(lua, lua_upvalueindex(1)));
}

// No C++ object may live across lua_error, which jumps.
int Library::run(lua_State* lua, bool raise) {
  bool failed = false;
  {
    Words words;
    for (int i = 1; i <= lua_gettop(lua); ++i) words.push_back(text_at(lua, i));
    Value value;
    try {
      value = run_(words);
    } catch (const std::exception& error) {
      unsupported_ = error.what();
      value = Value::error(unsupported_);
    }
    failed = value.kind == Value::Kind::error;
    if (failed && raise)
      lua_pushlstring(lua, value.text.data(), value.text.size());
    else
      push(lua, value);
  }
  return failed && raise ? lua_error(lua) : 1;
}

int Library::redis_call(lua_State* lua) {
  return self(lua).run(lua, true);
}
int Library::redis_pcall(lua_State* lua) {
  return self(lua).run(lua, false);
}

// redis.register_function(name, callback) or { function_name = ..., callback = ..., flags = {...} }
int Library::redis_register(lua_State* lua) {
  Library& library = self(lua);
  Function function;
  std::string name;
  if (lua_istable(lua, 1)) {
    lua_getfield(lua, 1, "flags");
    if (lua_istable(lua, -1)) {
      for (int i = 1; i <= static_cast<int>(lua_objlen(lua, -1)); ++i) {
        lua_rawgeti(lua, -1, i);
        const std::string flag = text_at(lua, -1);
        if (flag == "no-writes") function.writes = false;
        if (flag == "allow-oom") function.allows_oom = true;
        lua_pop(lua, 1);
      }
    }
    lua_pop(lua, 1);
    lua_getfield(lua, 1, "function_name");
    name = text_at(lua, -1);
    lua_pop(lua, 1);
    lua_getfield(lua, 1, "callback");
  } else {
    name = text_at(lua, 1);
    lua_pushvalue(lua, 2);
  }
  function.reference = luaL_ref(lua, LUA_REGISTRYINDEX);
  library.functions_[name] = function;
  return 0;
}

int Library::redis_sha1hex(lua_State* lua) {
  std::size_t size = 0;
  const char* text = luaL_checklstring(lua, 1, &size);
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text), size, digest);
  char hex[2 * SHA_DIGEST_LENGTH + 1];
  for (int i = 0; i < SHA_DIGEST_LENGTH; ++i) std::snprintf(hex + 2 * i, 3, "%02x", digest[i]);
  lua_pushlstring(lua, hex, 2 * SHA_DIGEST_LENGTH);
  return 1;
}

int Library::redis_error_reply(lua_State* lua) {
  lua_newtable(lua);
  lua_pushvalue(lua, 1);
  lua_setfield(lua, -2, "err");
  return 1;
}

bool Library::allows_oom(const std::string& function) const {
  return functions_.at(function).allows_oom;
}
bool Library::writes(const std::string& function) const {
  return functions_.at(function).writes;
}

Value Library::call(const std::string& function, const Words& keys, const Words& args) {
  lua_State* lua = lua_.get();
  lua_rawgeti(lua, LUA_REGISTRYINDEX, functions_.at(function).reference);
  push_texts(lua, keys);
  push_texts(lua, args);
  const bool failed = lua_pcall(lua, 2, 1, 0) != 0;
  Value value =
      failed ? Value::error("ERR " + function + ": " + text_at(lua, -1)) : reply_at(lua, lua_gettop(lua));
  lua_settop(lua, 0);
  if (!unsupported_.empty()) throw Unsupported(unsupported_);
  return value;
}

}  // namespace switchboard::sim
