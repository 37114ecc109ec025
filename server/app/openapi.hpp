// The REST interface, described; openapi.yaml beside this file, carried inside the binary.
#pragma once

#include <string_view>

namespace switchboard::app {

std::string_view openapi_text();

}  // namespace switchboard::app
