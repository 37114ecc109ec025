#include "server/store/redis_functions.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace switchboard::store {

namespace asio = boost::asio;

Command function_call(std::string_view function, std::string_view shop) {
  std::string name = "sb1_";
  name += function;
  std::string prefix = "{";
  prefix.append(shop).append("}:");
  Command command("FCALL");
  command.arg(name).arg("1").arg(prefix);
  return command;
}

asio::awaitable<std::string> load_library(RedisClient& client, bool early) {
  const auto ask = [&client, early](std::string octets) {
    return early ? client.ask_early(std::move(octets)) : client.ask(std::move(octets));
  };
  // A second look after the load: of two gateways that load at the same time, the older one may have come
  // last.
  for (int look = 0; look < 3; ++look) {
    const Answer<Reply> found = co_await ask(Command("FCALL").arg("sb1_rev").arg("0").octets());
    if (!found) co_return "no answer to the question for the function library";
    const ReplyView revision = found->view();
    if (revision.is_error() && !is_function_missing(revision.text())) co_return std::string(revision.text());
    if (revision.is_integer() && revision.integer() >= library_revision()) co_return "";
    const Answer<Reply> loaded =
        co_await ask(Command("FUNCTION").arg("LOAD").arg("REPLACE").arg(library_text()).octets());
    if (!loaded) co_return "no answer to the load of the function library";
    if (loaded->view().is_error())
      co_return "the function library was refused: " + std::string(loaded->view().text());
  }
  co_return "an older function library keeps coming back";
}

struct RedisFunctions::State : std::enable_shared_from_this<RedisFunctions::State> {
  struct Call {
    std::string octets;
    RedisClient::Handler handler;
  };

  State(asio::any_io_executor e, RedisClient& c, Report r)
      : executor(std::move(e)), client(&c), report(std::move(r)) {}

  void call(std::string octets, RedisClient::Handler handler) {
    if (!client || held.size() >= client->options().in_flight_max) return refuse(std::move(handler));
    const std::uint64_t ticket = next_ticket++;
    if (loading) {
      held.emplace(ticket, Call{std::move(octets), std::move(handler)});
    } else {
      send(ticket, std::move(octets), std::move(handler));
    }
  }

  void send(std::uint64_t ticket, std::string octets, RedisClient::Handler handler) {
    std::string copy = octets;
    client->send(std::move(copy), [self = shared_from_this(), ticket, octets = std::move(octets),
                                   handler = std::move(handler)](Answer<Reply> answer) mutable {
      const bool missing = answer && answer->view().is_error() && is_function_missing(answer->view().text());
      if (missing && self->client) return self->hold(ticket, Call{std::move(octets), std::move(handler)});
      std::move(handler)(std::move(answer));
    });
  }

  void hold(std::uint64_t ticket, Call missed) {
    held.emplace(ticket, std::move(missed));
    if (loading) return;
    loading = true;
    report(Severity::warning, "Redis lost the function library; loading it again");
    asio::co_spawn(executor, reload(shared_from_this()), asio::detached);
  }

  // The load travels behind every call under way, so when it is answered all that missed the library are
  // held.
  static asio::awaitable<void> reload(std::shared_ptr<State> self) {
    std::string why = "stopped";
    if (self->client) why = co_await load_library(*self->client, false);
    self->loading = false;
    std::map<std::uint64_t, Call> calls;
    calls.swap(self->held);
    for (auto& [ticket, call] : calls) {
      if (why.empty() && self->client) {
        self->client->send(std::move(call.octets), std::move(call.handler));
      } else {
        std::move(call.handler)(Answer<Reply>(Refusal::busy));
      }
    }
  }

  void refuse(RedisClient::Handler handler) {
    asio::post(executor, [handler = std::move(handler)]() mutable {
      std::move(handler)(Answer<Reply>(Refusal::busy));
    });
  }

  asio::any_io_executor executor;
  RedisClient* client;  // null when we are gone
  Report report;
  std::map<std::uint64_t, Call> held;  // by the order of the calls
  std::uint64_t next_ticket = 0;
  bool loading = false;
};

RedisFunctions::RedisFunctions(asio::any_io_executor executor, RedisClient& client, Report report)
    : state_(std::make_shared<State>(std::move(executor), client, std::move(report))) {}

RedisFunctions::~RedisFunctions() {
  state_->client = nullptr;
}

void RedisFunctions::call(std::string octets, RedisClient::Handler handler) {
  state_->call(std::move(octets), std::move(handler));
}

Task<Answer<Reply>> RedisFunctions::call(std::string octets) {
  return asio::async_initiate<const asio::use_awaitable_t<>&, void(Answer<Reply>)>(
      [state = state_](auto handler, std::string command) {
        state->call(std::move(command), RedisClient::Handler(std::move(handler)));
      },
      asio::use_awaitable, std::move(octets));
}

}  // namespace switchboard::store
