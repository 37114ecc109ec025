#include "server/session/session.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "server/session/frames_in.hpp"
#include "server/session/sign_in.hpp"

namespace switchboard::session {

namespace asio = boost::asio;

namespace {

void sign_out_when_token_expires(Services& services, Client& client) {
  const auto left =
      std::chrono::seconds(client.claims().expires_s + shop::token_skew_s - services.clocks().earlier_s());
  client.line().connection().set_deadline(std::chrono::steady_clock::now() + left, 4005, "token expired");
}

std::string identity(const Client& client) {
  return client.claims().shop + "/" + client.claims().subject;
}

Gauge& gauge_of(Services& services, const Client& client) {
  return client.role() == proto::Role::agent ? services.metrics.agents : services.metrics.visitors;
}

// Tabs that somebody forgot do not pile up: the newest one counts.
void enter(Services& services, Client& client) {
  sign_out_when_token_expires(services, client);
  gauge_of(services, client).add(1);
  auto& connections = services.clients[identity(client)];
  const auto most = client.role() == proto::Role::agent ? services.limits.connections_per_agent_max
                                                        : services.limits.connections_per_visitor_max;
  connections.push_back(&client);
  if (connections.size() > most) connections.front()->line().connection().close(4004, "continued elsewhere");
}

void leave(Services& services, Client& client) {
  const auto found = services.clients.find(identity(client));
  std::erase(found->second, &client);
  if (found->second.empty()) services.clients.erase(found);
  client.leave();
  gauge_of(services, client).add(-1);
}

// Until the connection ends.
Task<void> converse(Services& services, Client& client) {
  FramesIn frames(services, client.line());
  while (auto frame = co_await frames.next()) co_await client.handle(std::move(*frame));
}

Task<void> serve(Services& services, std::shared_ptr<net::Connection> connection) {
  Line line(connection);
  std::shared_ptr<Client> client;
  try {
    client = co_await sign_in(services, line);
    if (!client) co_return;
    enter(services, *client);
    co_await converse(services, *client);
  } catch (const std::exception& error) {
    // Our bug, not hers: she may come back, and nobody else is touched.
    spdlog::error("session of {} ended by an exception: {}",
                  client ? client->claims().subject : "somebody who came", error.what());
    connection->close(1011, "internal error");
  }
  if (client) leave(services, *client);
}

}  // namespace

void start_session(Services& services, std::shared_ptr<net::Connection> connection) {
  asio::co_spawn(services.executor, serve(services, std::move(connection)), asio::detached);
}

}  // namespace switchboard::session
