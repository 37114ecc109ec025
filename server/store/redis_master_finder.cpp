#include "server/store/redis_master_finder.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "server/store/redis_connection.hpp"
#include "server/store/redis_question.hpp"

namespace switchboard::store {

namespace asio = boost::asio;
using std::chrono::steady_clock;

MasterFinder::MasterFinder(asio::any_io_executor executor, const RedisOptions& options, Random random)
    : executor_(std::move(executor)), options_(options), random_(std::move(random)), found_(options.url) {}

asio::awaitable<Result<RedisUrl, std::string>> MasterFinder::find() {
  if (options_.url.kind != RedisUrl::Kind::sentinel) co_return options_.url;
  const auto self = shared_from_this();
  auto found = co_await ask_sentinels();
  if (found) found_ = *found;
  look_due_ = steady_clock::now() + options_.topology_every;
  co_return found;
}

asio::awaitable<Result<RedisUrl, std::string>> MasterFinder::ask_sentinels() {
  const auto self = shared_from_this();
  const auto& seeds = options_.url.seeds;
  const auto first = static_cast<std::size_t>(random_() * static_cast<double>(seeds.size()));
  std::string why = "no sentinel is named";
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    const RedisAddress& sentinel = seeds[(first + i) % seeds.size()];
    const auto answer = co_await ask_once(
        executor_, options_, options_.url.at(sentinel),
        Command("SENTINEL").arg("GET-MASTER-ADDR-BY-NAME").arg(options_.url.master).octets());
    if (!answer) {
      why = "sentinel " + sentinel.shown() + ": " + answer.error();
      continue;
    }
    const auto port = (*answer)[1].number().value_or(0);
    if (answer->view().size() == 2 && port > 0 && port <= 65535)
      co_return options_.url.at({std::string((*answer)[0].text()), static_cast<std::uint16_t>(port)});
    why = "sentinel " + sentinel.shown() + " knows no master \"" + options_.url.master + '"';
  }
  co_return why;
}

std::string MasterFinder::shown() const {
  return options_.url.kind == RedisUrl::Kind::sentinel ? options_.url.shown() + ", now " + found_.shown()
                                                       : found_.shown();
}

void MasterFinder::look_after(const std::shared_ptr<RedisConnection>& connection) {
  if (options_.url.kind != RedisUrl::Kind::sentinel || looking_ || steady_clock::now() < look_due_) return;
  looking_ = true;
  asio::co_spawn(executor_, look(connection), asio::detached);
}

asio::awaitable<void> MasterFinder::look(std::weak_ptr<RedisConnection> connection) {
  const auto self = shared_from_this();
  const auto led_to = found_.shown();
  const auto found = co_await ask_sentinels();
  looking_ = false;
  look_due_ = steady_clock::now() + options_.topology_every;
  const auto present = connection.lock();
  if (found && present && found->shown() != led_to) present->close("the sentinels name another master");
}

}  // namespace switchboard::store
