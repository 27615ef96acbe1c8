#include "redis/connection.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "redis/errors.h"

namespace syncline::redis {

namespace {

timeval timeval_of(std::chrono::milliseconds duration) {
  return {.tv_sec = duration.count() / 1000, .tv_usec = duration.count() % 1000 * 1000};
}

Result<void> check_endpoint(const config::Endpoint& endpoint) {
  if (endpoint.scheme == "rediss") {
    return unsupported(fmt::format("{}: TLS to Redis is not supported", endpoint.display()),
                       "use redis:// and a tunnel, or a unix socket");
  }
  if (!endpoint.query.empty()) {
    return invalid(
        fmt::format("{}: Redis knows no option '{}'", endpoint.display(), endpoint.query),
        "only ?socket=/path may follow the database number");
  }
  const std::string& database = endpoint.database;
  if (!std::all_of(database.begin(), database.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return invalid(fmt::format("{}: '{}' is not a database number", endpoint.display(), database),
                   "write redis://HOST:PORT/0");
  }
  return {};
}

}  // namespace

Connection::Connection(ContextHandle context, std::string where, std::chrono::milliseconds timeout)
    : context_(std::move(context)), where_(std::move(where)), timeout_(timeout) {}

Result<std::unique_ptr<Connection>> Connection::open(const config::Endpoint& endpoint,
                                                     std::chrono::milliseconds timeout) {
  TRY(check_endpoint(endpoint));
  const timeval limit = timeval_of(timeout);
  ContextHandle context(endpoint.socket.empty()
                            ? redisConnectWithTimeout(endpoint.host.c_str(), endpoint.port, limit)
                            : redisConnectUnixWithTimeout(endpoint.socket.c_str(), limit));
  if (context == nullptr) return internal("hiredis has no memory");
  std::string where = endpoint.display();
  if (context->err != 0) return error_of_connect(context->errstr, where);
  // Both directions: a stopped server must not hold the caller for longer than the timeout.
  redisSetTimeout(context.get(), limit);
  if (endpoint.socket.empty()) redisEnableKeepAlive(context.get());
  std::unique_ptr<Connection> connection(
      new Connection(std::move(context), std::move(where), timeout));
  TRY(connection->log_in(endpoint));
  return connection;
}

Result<void> Connection::log_in(const config::Endpoint& endpoint) {
  const std::string& password = endpoint.password.reveal();
  if (!endpoint.user.empty()) {
    TRY(call({"AUTH", endpoint.user, password}));
  } else if (!password.empty()) {
    TRY(call({"AUTH", password}));
  }
  if (!endpoint.database.empty() && endpoint.database != "0") {
    TRY(call({"SELECT", endpoint.database}));
  }
  return {};
}

Result<void> Connection::send(std::span<const std::string_view> parts) {
  if (context_ == nullptr) return error_of_connection("the connection is closed", where_);
  std::array<iovec, 8> pieces{};
  CHECK(parts.size() <= pieces.size());
  for (size_t i = 0; i < parts.size(); ++i) {
    pieces[i] = {.iov_base = const_cast<char*>(parts[i].data()), .iov_len = parts[i].size()};
  }
  std::span<iovec> left(pieces.data(), parts.size());
  while (!left.empty()) {
    msghdr message{};
    message.msg_iov = left.data();
    message.msg_iovlen = left.size();
    // hiredis' own write would raise SIGPIPE when the server is gone.
    const ssize_t sent = sendmsg(context_->fd, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return close_for(errno);
    size_t done = static_cast<size_t>(sent);
    while (!left.empty() && done >= left.front().iov_len) {
      done -= left.front().iov_len;
      left = left.subspan(1);
    }
    if (left.empty()) break;
    left.front().iov_base = static_cast<char*>(left.front().iov_base) + done;
    left.front().iov_len -= done;
  }
  return {};
}

Result<Reply> Connection::receive() {
  if (context_ == nullptr) return error_of_connection("the connection is closed", where_);
  std::array<char, 64 * 1024> buffer;
  while (true) {
    void* reply = nullptr;
    if (redisReaderGetReply(context_->reader, &reply) != REDIS_OK) {
      return close(context_->reader->errstr);
    }
    if (reply != nullptr) return Reply(static_cast<redisReply*>(reply));
    const ssize_t received = recv(context_->fd, buffer.data(), buffer.size(), 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0) return close_for(errno);
    if (received == 0) return close("the server closed the connection");
    redisReaderFeed(context_->reader, buffer.data(), static_cast<size_t>(received));
  }
}

Result<Reply> Connection::ask(const Arguments& command) {
  std::string bytes;
  append_command(command, bytes);
  TRY(send(bytes));
  return receive();
}

Result<Reply> Connection::call(const Arguments& command) {
  Reply reply = TRY(ask(command));
  if (is_error(*reply)) return error_of(*reply);
  return reply;
}

Error Connection::error_of(const redisReply& refusal) const {
  return redis::error_of(text_of(refusal), where_);
}

Error Connection::close(std::string_view reason) {
  const Error error = error_of_connection(reason, where_);
  context_.reset();
  return error;
}

Error Connection::close_for(int error_number) {
  if (error_number == EAGAIN || error_number == EWOULDBLOCK) {
    return close(fmt::format("no answer within {} ms", timeout_.count()));
  }
  return close(std::strerror(error_number));
}

}  // namespace syncline::redis
