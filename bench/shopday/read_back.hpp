// At the end of a day: fresh devices of the visitors ask the server for their whole logs once more.
#pragma once

#include <vector>

#include "bench/shopday/day.hpp"
#include "bench/shopday/visitor.hpp"

namespace switchboard::shopday {

// Puts what was shown into the history. How many were read.
std::size_t read_back(Day&, boost::asio::io_context&, const std::vector<const Visitor*>&);

}  // namespace switchboard::shopday
