// switchboard: one binary, a subcommand for each thing that an operator does.
#include <CLI/CLI.hpp>

#include "server/app/gateway.hpp"
#include "server/cli/commands.hpp"
#include "server/simulate/simulate.hpp"

namespace {

void add_serve_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "serve", "Run a gateway: WebSocket, pages, desk, and Redis unless --redis says where");
  const auto options = std::make_shared<switchboard::cli::ConfigOptions>(*command);
  command->callback([options, &exit_code] {
    const auto config = options->read();
    if (!config) {
      std::cerr << switchboard::to_text(config.error(), options->file());
      exit_code = 2;
      return;
    }
    if (options->print_wanted()) {
      std::cout << switchboard::print_config(*config);
      return;
    }
    exit_code = switchboard::app::serve(*config);
  });
}

// What the parent of several gateways runs; nothing for people, so it is not in the help.
void add_process_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("serve-process")->group("");
  const auto options = std::make_shared<switchboard::cli::ConfigOptions>(*command);
  struct Place {
    int number = 0, ready_fd = -1;
  };
  const auto place = std::make_shared<Place>();
  command->add_option("--process", place->number)->required();
  command->add_option("--ready-fd", place->ready_fd)->required();
  command->callback([options, place, &exit_code] {
    const auto config = options->read();
    if (!config) {
      std::cerr << switchboard::to_text(config.error(), "the parent's configuration");
      exit_code = 2;
      return;
    }
    exit_code = switchboard::app::serve_as_process(*config, place->number, place->ready_fd);
  });
}

// The simulator reads its own options; here it only gets its name and a line in the help.
void add_simulate_command(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("simulate", "Play a recorded or made-up day through the router, on a virtual clock");
  command->prefix_command();
  command->set_help_flag();
  command->callback([command, &exit_code] {
    auto words = command->remaining();
    words.insert(words.begin(), "switchboard simulate");
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    exit_code = switchboard::simulate::simulate_main(static_cast<int>(arguments.size()), arguments.data());
  });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Switchboard connects the visitors of a web shop with the agents who serve them.",
               "switchboard");
  app.require_subcommand(1);
  int exit_code = 0;
  add_serve_command(app, exit_code);
  add_process_command(app, exit_code);
  add_simulate_command(app, exit_code);
  switchboard::cli::add_replay_command(app, exit_code);
  switchboard::cli::add_shop_command(app, exit_code);
  switchboard::cli::add_token_command(app, exit_code);
  switchboard::cli::add_doctor_command(app, exit_code);
  return switchboard::cli::run_command_line(app, argc, argv, exit_code);
}
