// `switchboard simulate` as an operator calls it, in this process.
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "server/simulate/simulate.hpp"
#include "tests/support/temp_dir.hpp"

namespace switchboard::simulate {

struct Said {
  int exit_code = 0;
  std::string out;
  std::string err;

  // The last line of stdout.
  boost::json::object json() const {
    const std::size_t end = out.find_last_not_of('\n');
    const std::size_t begin = out.rfind('\n', end);
    return boost::json::parse(out.substr(begin == std::string::npos ? 0 : begin + 1)).as_object();
  }
};

inline Said simulate(std::vector<std::string> words) {
  words.insert(words.begin(), "simulate");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  Said said;
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  said.exit_code = simulate_main(static_cast<int>(arguments.size()), arguments.data());
  said.out = testing::internal::GetCapturedStdout();
  said.err = testing::internal::GetCapturedStderr();
  return said;
}

inline std::string contents(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace switchboard::simulate
