// The pages, read into memory once. A request is a look-up by its exact path in the table of the files that
// were there at start, so no path can lead out of the directory, and no worker waits for a disk.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "server/base/result.hpp"

namespace switchboard::net {

struct StaticFile {
  std::string body;
  std::string content_type;
  std::string etag;           // quoted, a hash of the body
  std::string cache_control;  // a year and immutable if the name carries a hash (assets/name-XXXXXXXX.js),
                              // else no-cache
  bool page = false;          // HTML: gets a Content-Security-Policy
};

class StaticFiles {
 public:
  static constexpr std::size_t octets_max_default = 256 * 1024 * 1024;

  // No files at all.
  StaticFiles() = default;

  // Reads every regular file below `directory` (hidden ones and links that lead out of it are left out).
  // Refuses more than octets_max in all. Returns a sentence for the operator on failure.
  [[nodiscard]] static Result<StaticFiles, std::string> load(const std::filesystem::path& directory,
                                                             std::size_t octets_max = octets_max_default);

  // The file for a request path ("/console/" is "/console/index.html"); null if there is none. Any thread.
  const StaticFile* find(std::string_view path) const;

  // The path with a '/' appended, if that would be found: where a request for "/console" is redirected to.
  bool is_directory(std::string_view path) const;

 private:
  std::map<std::string, StaticFile, std::less<>> files_;  // by path, "/console/index.html"
};

}  // namespace switchboard::net
