#include "server/app/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace switchboard::app {

void set_up_log(std::string_view level, std::string_view format, const std::string& writer) {
  auto logger = spdlog::stderr_color_mt(writer.empty() ? "switchboard" : writer);
  logger->set_level(spdlog::level::from_str(std::string(level)));
  if (format == "json")
    logger->set_pattern(writer.empty()
                            ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","text":"%v"})"
                            : R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","writer":"%n","text":"%v"})");
  else
    logger->set_pattern(writer.empty() ? "%Y-%m-%d %H:%M:%S.%e %^%-5l%$ %v"
                                       : "%Y-%m-%d %H:%M:%S.%e %^%-5l%$ %n: %v");
  spdlog::set_default_logger(std::move(logger));
}

store::Report log_report() {
  return [](store::Severity severity, const std::string& text) {
    switch (severity) {
      case store::Severity::info:
        return spdlog::info("{}", text);
      case store::Severity::warning:
        return spdlog::warn("{}", text);
      case store::Severity::error:
        return spdlog::error("{}", text);
    }
  };
}

}  // namespace switchboard::app
