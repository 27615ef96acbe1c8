#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/pipeline.h"
#include "redis/handles.h"
#include "redis/resp.h"

namespace syncline::redis {

/// A session with one Redis server over TCP or a unix socket. Commands are sent as bytes (resp.h),
/// any number before the first reply is read. One thread at a time; every call blocks at
/// most `timeout` without progress. A broken connection is closed, and every later call fails with
/// kTransient.
class Connection {
 public:
  /// Connects, authenticates and selects the database. kTransient: nobody answers; kInvalid: wrong
  /// password, database or address; kUnsupported: TLS.
  static Result<std::unique_ptr<Connection>> open(const config::Endpoint& endpoint,
                                                  std::chrono::milliseconds timeout);

  /// Sends the bytes of whole commands, the parts one after the other.
  Result<void> send(std::span<const std::string_view> parts);
  Result<void> send(std::string_view commands) { return send({&commands, 1}); }

  /// The next reply, in order of the commands; what Redis refused is a reply as well.
  Result<Reply> receive();

  /// One command and its reply. ask(): a refusal is a reply. call(): a refusal is an Error.
  Result<Reply> ask(const Arguments& command);
  Result<Reply> call(const Arguments& command);

  /// The Error that a refusal stands for.
  Error error_of(const redisReply& refusal) const;

  /// "redis://user@host:port/database".
  const std::string& where() const { return where_; }

 private:
  Connection(ContextHandle context, std::string where, std::chrono::milliseconds timeout);
  Result<void> log_in(const config::Endpoint& endpoint);
  Error close(std::string_view reason);
  Error close_for(int error_number);

  ContextHandle context_;  // null: closed
  const std::string where_;
  const std::chrono::milliseconds timeout_;
};

}  // namespace syncline::redis
