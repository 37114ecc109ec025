// The page for who would rather look than read.
#pragma once

#include <string>

#include "server/simulate/staff.hpp"
#include "server/simulate/study.hpp"

namespace switchboard::simulate {

// One HTML page with everything in it: no network, no other file. Chinese and English. Names from the trace
// are data in it, never markup. `answer_within_ms`: who is served after at most this counts as answered.
std::string report_page(const Study& study, Millis answer_within_ms);

// Empty if written, else why not.
std::string write_report(const Study& study, Millis answer_within_ms, const std::string& file);

// The same for a plan.
std::string staff_report_page(const Trace& trace, const StaffOptions& options, const Plan& plan);
std::string write_staff_report(const Trace& trace, const StaffOptions& options, const Plan& plan,
                               const std::string& file);

}  // namespace switchboard::simulate
