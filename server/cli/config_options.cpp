#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <sstream>

#include "server/cli/commands.hpp"

namespace switchboard::cli {
namespace {

// "[0..65535]" or "[text|json]", for the help.
std::string bounds(const Setting& setting) {
  if (!setting.choices.empty()) return " [" + std::string(setting.choices) + ']';
  if (!std::holds_alternative<std::int64_t& (*)(Config&)>(setting.field)) return "";
  return " [" + std::to_string(setting.min) + ".." + std::to_string(setting.max) + ']';
}

std::string flag_names(const Setting& setting) {
  const std::string full = "--" + std::string(setting.key);
  return setting.flag.empty() ? full : std::string(setting.flag) + ',' + full;
}

const char* type_name(const Setting& setting) {
  return std::holds_alternative<std::int64_t& (*)(Config&)>(setting.field) ? "N" : "TEXT";
}

}  // namespace

ConfigOptions::ConfigOptions(CLI::App& command) : values_(settings().size()) {
  command.add_option("--config", file_, "Configuration file (TOML); flags win over it")->type_name("FILE");
  command.add_flag("--print-config", print_, "Print the configuration that results, as a file, and end");
  const Config defaults;
  for (std::size_t i = 0; i < settings().size(); ++i) {
    const Setting& setting = settings()[i];
    CLI::Option* option =
        command.add_option(flag_names(setting), values_[i], std::string(setting.sentence) + bounds(setting));
    option->type_name(type_name(setting))->default_str(value_text(defaults, setting));
    option->group(std::string(setting.key.substr(0, setting.key.find('.'))));
    given_.push_back(option);
  }
}

Result<Config, std::vector<Problem>> ConfigOptions::read() const {
  Config config;
  if (!file_.empty()) {
    std::ifstream file(file_, std::ios::binary);
    std::ostringstream text;
    if (!file) return std::vector<Problem>{{0, "", "cannot be read"}};
    text << file.rdbuf();
    auto parsed = parse_config(text.str());
    if (!parsed) return parsed.error();
    config = std::move(*parsed);
  }
  std::vector<Problem> problems;
  for (std::size_t i = 0; i < given_.size(); ++i) {
    if (given_[i]->count() == 0) continue;
    if (auto problem = set_config(config, settings()[i], values_[i])) problems.push_back(std::move(*problem));
  }
  if (problems.empty()) problems = check_config(config);
  if (!problems.empty()) return problems;
  return config;
}

int run_command_line(CLI::App& app, int argc, char** argv, const int& exit_code) {
  try {
    app.parse(argc, argv);
    return exit_code;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    std::cerr << app.get_name() << ": " << error.what() << '\n';
    return 1;
  }
}

}  // namespace switchboard::cli
