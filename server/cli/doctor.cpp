// switchboard doctor: will `serve` with the same flags work here? One line per finding.
#include <CLI/CLI.hpp>
#include <iomanip>
#include <iostream>
#include <memory>

#include "server/cli/commands.hpp"
#include "server/cli/doctor_checks.hpp"

namespace switchboard::cli {
namespace {

const char* word(Health health) {
  switch (health) {
    case Health::ok:
      return "ok";
    case Health::warn:
      return "warn";
    case Health::bad:
      return "bad";
  }
  return "";
}

std::vector<Finding> examine(const Config& config) {
  std::vector<Finding> findings = {check_redis_server(config), check_data_dir(config),  check_lock(config),
                                   check_port(config),         check_files(config),     check_clock(),
                                   check_time_zones(),         check_overcommit(config)};
  for (Finding& finding : check_running_redis(config)) findings.push_back(std::move(finding));
  return findings;
}

int report(const Config& config) {
  int exit_code = 0;
  for (const Finding& finding : examine(config)) {
    std::cout << std::left << std::setw(6) << word(finding.health) << std::setw(16) << finding.subject
              << finding.sentence << '\n';
    if (finding.health == Health::bad) exit_code = 1;
  }
  return exit_code;
}

}  // namespace

void add_doctor_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("doctor", "Look whether serve with the same flags would work here");
  const auto options = std::make_shared<ConfigOptions>(*command);
  command->callback([options, &exit_code] {
    const auto config = options->read();
    if (!config) {
      std::cerr << to_text(config.error(), options->file().empty() ? "flags" : options->file());
      exit_code = 2;
      return;
    }
    exit_code = report(*config);
  });
}

}  // namespace switchboard::cli
