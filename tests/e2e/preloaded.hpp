// A program with a library of ours before the system's, and a file by which a test tells that library what to
// do while the program runs.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/temp_dir.hpp"

namespace switchboard::e2e {

// A base: it is made before whatever starts the program, and outlives it. `Settings` is what the library maps
// from its file, octet for octet.
template <class Settings>
class Preloaded {
 protected:
  // `variable` is the environment variable in which the library looks for its file.
  Preloaded(const std::string& program, const std::string& variable, const std::string& library) {
    set({});
    std::ofstream(this->program()) << "#!/bin/sh\n"
                                   << variable << "=" << (dir_ / "settings").string()
                                   << " LD_PRELOAD=" << library << " exec " << program << " \"$@\"\n";
    std::filesystem::permissions(this->program(), std::filesystem::perms::owner_all);
  }

  // What to start instead of it.
  std::string program() const { return dir_ / "program"; }

  // Holds at once, without a moment in which the file is empty: the program has mapped it.
  void set(const Settings& settings) {
    std::fstream file(dir_ / "settings", std::ios::binary | std::ios::in | std::ios::out);
    if (!file) file.open(dir_ / "settings", std::ios::binary | std::ios::out);
    file.write(reinterpret_cast<const char*>(&settings), sizeof settings);
  }

 private:
  test::TempDir dir_;
};

}  // namespace switchboard::e2e
