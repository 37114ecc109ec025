// Writes the history of a run, into memory and, if asked to, line by line into a file, from which the same
// history is read again: what the judge says of a run it says of its files. A line carries the monotonic
// clock; what a client begins is written before it is sent, what it learns after it has learnt it.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "bench/check/history.hpp"

namespace switchboard::check {

// On one thread.
class Recorder {
 public:
  explicit Recorder(History& history) : history_(history) {}

  // From now on everything goes to this file too. False: it cannot be written.
  bool keep(const std::filesystem::path& file);
  void flush();

  // A conversation begins; `queue_class`: among whom she waits, empty if her place is not judged.
  void opened(const std::string& conversation, const std::string& queue_class);
  void sent(const std::string& conversation, const std::string& client_id, Sent);
  void acked(const std::string& conversation, Acked);
  void refused(const std::string& conversation, const std::string& client_id);
  void offered_again(const std::string& conversation, const std::string& client_id);
  void refused_again(const std::string& conversation, const std::string& client_id);
  void vanished(const std::string& conversation);
  void received(const std::string& conversation, Received);
  void reader(const std::string& conversation, const std::string& device);
  void closed(const std::string& conversation);
  void overdue(const std::string& conversation);
  void unanswered(std::uint64_t requests);
  void leaked(const std::string& device);
  void stranded(const std::string& device);
  void capacity(const std::string& agent, std::uint32_t places);
  void park_units(std::uint32_t units);
  void disturbed(Span);
  void cuts(std::uint64_t times);
  // At the end of the run.
  void logged(const std::string& conversation, std::vector<Stored>, std::int64_t entered_ms,
              std::uint32_t epoch);
  void shown(const std::string& conversation, std::vector<Stored>);
  void transitions(std::vector<Transition>, bool complete);

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  class Line;

  History& history_;
  std::unique_ptr<std::FILE, CloseFile> file_;
};

// Adds what a Recorder wrote to a file. The sentence of what is wrong with it, with its line; empty: nothing.
std::string read_history(const std::filesystem::path& file, History&);

}  // namespace switchboard::check
