#include "server/net/static_files.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace switchboard::net {
namespace {

namespace fs = std::filesystem;

struct Type {
  std::string_view extension;
  std::string_view content_type;
};

constexpr std::array<Type, 22> types{{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".yaml", "application/yaml"},
    {".txt", "text/plain; charset=utf-8"},
    {".xml", "application/xml"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".gif", "image/gif"},
    {".webp", "image/webp"},
    {".avif", "image/avif"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".woff", "font/woff"},
    {".mp3", "audio/mpeg"},
    {".wasm", "application/wasm"},
}};

std::string content_type_of(const fs::path& path) {
  const std::string extension = path.extension().string();
  const auto found =
      std::find_if(types.begin(), types.end(), [&](const Type& t) { return t.extension == extension; });
  return std::string(found == types.end() ? "application/octet-stream" : found->content_type);
}

// Whether the name carries a hash of the content, "assets/name-XXXXXXXX.ext" (what the bundler makes): such a
// file never changes.
bool is_hashed(const std::string& path) {
  constexpr std::size_t hash_octets = 8;
  if (path.find("/assets/") == std::string::npos) return false;
  const std::string stem = fs::path(path).stem().string();
  if (stem.size() <= hash_octets + 1 || stem[stem.size() - hash_octets - 1] != '-') return false;
  return std::all_of(stem.end() - hash_octets, stem.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
  });
}

std::string etag_of(const std::string& body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  EVP_Digest(body.data(), body.size(), digest.data(), &size, EVP_sha256(), nullptr);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string etag = "\"";
  for (std::size_t i = 0; i < 16; ++i) {
    etag.push_back(digits[digest[i] >> 4]);
    etag.push_back(digits[digest[i] & 15]);
  }
  return etag + "\"";
}

bool is_hidden(const fs::path& relative) {
  return std::any_of(relative.begin(), relative.end(),
                     [](const fs::path& part) { return part.string()[0] == '.'; });
}

// Whether `path`, links followed, still lies below `root`.
bool lies_below(const fs::path& path, const fs::path& root) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (error) return false;
  return std::mismatch(root.begin(), root.end(), real.begin(), real.end()).first == root.end();
}

}  // namespace

Result<StaticFiles, std::string> StaticFiles::load(const fs::path& directory, std::size_t octets_max) {
  std::error_code error;
  const fs::path root = fs::canonical(directory, error);
  if (error) return directory.string() + ": " + error.message();
  StaticFiles loaded;
  std::size_t octets = 0;
  for (fs::recursive_directory_iterator at(root, error), end; !error && at != end; at.increment(error)) {
    if (!at->is_regular_file(error)) continue;
    const fs::path relative = at->path().lexically_relative(root);
    if (is_hidden(relative) || !lies_below(at->path(), root)) continue;
    std::ifstream file(at->path(), std::ios::binary);
    if (!file) return at->path().string() + ": cannot be read";
    StaticFile entry;
    entry.body.assign(std::istreambuf_iterator<char>(file), {});
    octets += entry.body.size();
    if (octets > octets_max)
      return directory.string() + ": more than " + std::to_string(octets_max) + " octets";
    const std::string path = "/" + relative.generic_string();
    entry.content_type = content_type_of(relative);
    entry.etag = etag_of(entry.body);
    entry.cache_control = is_hashed(path) ? "public, max-age=31536000, immutable" : "no-cache";
    entry.page = relative.extension() == ".html";
    loaded.files_.emplace(path, std::move(entry));
  }
  if (error) return directory.string() + ": " + error.message();
  return loaded;
}

const StaticFile* StaticFiles::find(std::string_view path) const {
  const auto found = path.ends_with('/') ? files_.find(std::string(path) + "index.html") : files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

bool StaticFiles::is_directory(std::string_view path) const {
  return !path.ends_with('/') && files_.contains(std::string(path) + "/index.html");
}

}  // namespace switchboard::net
