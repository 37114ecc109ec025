#include "server/store/redis_question.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>

#include "server/store/redis_connection.hpp"

namespace switchboard::store {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds question_limit{1000};

}  // namespace

asio::awaitable<Result<Reply, std::string>> ask_once(asio::any_io_executor executor, RedisOptions options,
                                                     RedisUrl url, std::string octets) {
  const auto connection = make_connection(options, executor);
  asio::steady_timer limit(executor, std::min(options.connect_timeout, question_limit));
  limit.async_wait([connection](const boost::system::error_code& answered) {
    if (!answered) connection->close("no answer within the limit");
  });
  std::string why = co_await connection->connect(url);
  if (!why.empty()) {
    connection->close(why);
    co_return why;
  }
  unsigned before = 0;
  std::string out;
  if (!url.password.empty()) before += add_log_in(url, out);
  connection->write(out + octets);
  std::optional<Reply> answer;
  why = co_await connection->read([&](Reply reply) {
    if (before > 0) {
      --before;
      return;
    }
    answer = std::move(reply);
    connection->close("answered");
  });
  if (!answer) co_return why;
  if (answer->view().is_error()) co_return std::string(answer->view().text());
  co_return std::move(*answer);
}

}  // namespace switchboard::store
