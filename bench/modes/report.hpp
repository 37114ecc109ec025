// A run as one self-contained HTML file: the table, the figures, the curves. No script, nothing from
// elsewhere.
#pragma once

#include <string>

#include "bench/modes/outcome.hpp"

namespace switchboard::bench {

std::string report_html(const Outcome&);

}  // namespace switchboard::bench
