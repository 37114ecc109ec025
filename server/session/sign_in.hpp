// From the first frame to a client: who is it, and which shop?
#pragma once

#include <memory>

#include "server/session/client.hpp"

namespace switchboard::session {

struct Refused {
  std::uint16_t close_code;
  std::string_view reason;  // a literal
};

// Whose token this is, if the shop takes it now; else how the connection is to be closed (4005, 4500). Asked
// when somebody comes, and again whenever the shop's settings have changed.
[[nodiscard]] Result<shop::Claims, Refused> identify(const conversation::ShopContext& context,
                                                     std::string_view token, const Clocks&);

// Reads frames until a hello has been answered by a welcome. Null: the connection has ended or was closed
// with the code that says why (4500 token, 4504 shop, 4505 too many errors). Takes `line` over when it
// succeeds.
Task<std::shared_ptr<Client>> sign_in(Services&, Line& line);

}  // namespace switchboard::session
