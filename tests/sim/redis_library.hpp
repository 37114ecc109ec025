// The product's function library in a real Lua 5.1, as Redis has it inside; what its functions call is the
// simulated Redis.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "tests/sim/redis_commands.hpp"

struct lua_State;

namespace switchboard::sim {

class Library {
 public:
  // A command called by a function.
  using Run = std::function<Value(const Words&)>;

  // `text` begins with "#!lua name=...". Throws std::runtime_error if Lua does not take it.
  Library(std::string text, Run run);
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  const std::string& text() const { return text_; }
  bool has(const std::string& function) const { return functions_.contains(function); }
  bool allows_oom(const std::string& function) const;
  bool writes(const std::string& function) const;
  // What the function returns. An error in it is an error reply, as in Redis; what it did before stays done.
  Value call(const std::string& function, const Words& keys, const Words& args);

 private:
  struct Function {
    int reference = 0;
    bool writes = true, allows_oom = false;
  };
  static Library& self(lua_State*);
  static int redis_call(lua_State*);
  static int redis_pcall(lua_State*);
  static int redis_register(lua_State*);
  static int redis_sha1hex(lua_State*);
  static int redis_error_reply(lua_State*);
  int run(lua_State*, bool raise);
  void open_api();

  struct Close {
    void operator()(lua_State*) const;
  };
  std::string text_;
  Run run_;
  std::unique_ptr<lua_State, Close> lua_;
  std::map<std::string, Function> functions_;
  std::string unsupported_;  // what made the run impossible, to be thrown when Lua has been left
};

}  // namespace switchboard::sim
