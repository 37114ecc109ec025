// The command line tools beside `serve`: each function adds one subcommand to `app`. When that subcommand was
// given it runs during app.parse(), prints to stdout (results) and stderr (problems), and sets `exit_code`: 0
// good, 1 failed. Wrong usage is CLI11's own error; run_command_line turns it into exit code 2. Both
// references must outlive the parse.
#pragma once

#include <string>
#include <vector>

#include "server/config.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace switchboard::cli {

void add_shop_command(CLI::App& app, int& exit_code);    // shop validate | apply | export | password
void add_token_command(CLI::App& app, int& exit_code);   // token
void add_replay_command(CLI::App& app, int& exit_code);  // replay
void add_doctor_command(CLI::App& app, int& exit_code);  // doctor

// Adds --config FILE, --print-config, the short flags (--port, --data, --redis ...) and one flag per knob to
// `command`.
class ConfigOptions {
 public:
  // CLI11 keeps references to our members: an object stays where it is, and outlives the parse.
  explicit ConfigOptions(CLI::App& command);
  ConfigOptions(const ConfigOptions&) = delete;
  ConfigOptions& operator=(const ConfigOptions&) = delete;

  // After the parse: file first, then flags on top, then the checks between knobs. Problems are printed to
  // stderr by the caller (to_text).
  Result<Config, std::vector<Problem>> read() const;
  bool print_wanted() const { return print_; }
  const std::string& file() const { return file_; }  // "" = none

 private:
  std::string file_;
  bool print_ = false;
  std::vector<std::string> values_;        // one per Setting
  std::vector<const CLI::Option*> given_;  // one per Setting
};

// app.parse with the exit codes of all our programs: help 0, usage 2, an exception that nobody expected 1.
// `exit_code` is what the subcommands set.
int run_command_line(CLI::App& app, int argc, char** argv, const int& exit_code);

}  // namespace switchboard::cli
