#include "server/store/redis_functions.hpp"

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

}  // namespace switchboard::store
