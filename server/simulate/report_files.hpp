// The files of report/, inside the binary.
#pragma once

#include <string_view>

namespace switchboard::simulate {

std::string_view report_html();  // with the marks /*STYLE*/, /*DATA*/, /*SCRIPT*/ in this order
std::string_view report_css();
std::string_view report_js();

}  // namespace switchboard::simulate
