// The same digest for an entry however it was learnt: from the wire or from the store.
#pragma once

#include <string>

#include "bench/check/history.hpp"
#include "proto/frames.hpp"

namespace switchboard::check {

inline Digest digest_of(const proto::Entry& entry) {
  if (const auto* content = std::get_if<proto::Content>(&entry.body))
    return digest_of(std::string_view(content->text));
  return entry.body.index();
}

}  // namespace switchboard::check
