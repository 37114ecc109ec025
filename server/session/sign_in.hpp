// From the first frame to a client: who is it, and which shop?
#pragma once

#include <memory>

#include "server/session/client.hpp"

namespace switchboard::session {

// Reads frames until a hello has been answered by a welcome. Null: the connection has ended or was closed
// with the code that says why (4500 token, 4504 shop, 4505 too many errors). Takes `line` over when it
// succeeds.
Task<std::shared_ptr<Client>> sign_in(Services&, Line& line);

}  // namespace switchboard::session
