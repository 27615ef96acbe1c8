#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/pipeline.h"

namespace syncline::mysql {

enum class Isolation { kRepeatableRead, kReadCommitted };

/// How a session is opened.
struct SessionOptions {
  config::Endpoint endpoint;  ///< its query may say ssl=true, ssl=false, ssl_ca=/path (verified)
  std::string database;       ///< overrides endpoint.database when not empty
  Isolation isolation = Isolation::kRepeatableRead;
  std::chrono::seconds timeout{30};  ///< connect, read and write
  uint64_t lock_wait_timeout_s = 5;  ///< innodb_lock_wait_timeout
  std::string program =
      "syncline";  ///< shows in performance_schema and SHOW PROCESSLIST attributes
};

/// One text-protocol result row: columns as text, NULL as nothing. Valid until the next row.
using Row = std::span<const std::optional<std::string_view>>;

/// What a statement without rows did.
struct Done {
  uint64_t affected_rows = 0;
  uint64_t insert_id = 0;
};

/// One session with one MySQL or MariaDB server (libmariadb), never reconnecting by itself:
/// autocommit on, time_zone '+00:00', utf8mb4, our sql_mode (strict, ONLY_FULL_GROUP_BY off, no
/// NO_BACKSLASH_ESCAPES, no ANSI_QUOTES), isolation read back. Multi-statements allowed. One thread
/// at a time. Any error that leaves the protocol in doubt closes it (is_open() false). Errors name
/// server and cause.
class Connection {
 public:
  static Result<Connection> open(const SessionOptions& options);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  bool is_open() const;
  void close();

  /// Runs one statement that returns no rows. Errors: see errors.h for which server codes are of
  /// which kind.
  Result<Done> execute(std::string_view sql);

  /// Runs one statement and gives its rows to `each` as they arrive (unbuffered).
  Result<void> query(std::string_view sql, const std::function<Result<void>(Row)>& each);

  /// All rows as text; for small results.
  Result<std::vector<std::vector<std::optional<std::string>>>> rows(std::string_view sql);

  /// The first column of the only row; nothing when there is no row or it is NULL.
  Result<std::optional<std::string>> value(std::string_view sql);

  /// Several statements in one packet; the results in order. A statement with rows gives its first
  /// column of its first row in `value`. The first failing statement ends it: its index is in the
  /// message.
  struct PacketResult {
    Done done;
    std::optional<std::string> value;
  };
  Result<std::vector<PacketResult>> packet(std::string_view sql);

  /// Server code of the last error (0: none): for the few callers that act on one.
  unsigned last_code() const;

  bool is_mariadb() const;
  uint64_t connection_id() const;
  const std::string& where() const;  ///< names the server in messages

  /// The driver's handle, for statement.cc alone. (void*: no vendor header here.)
  void* native() const;

 private:
  struct Rep;
  explicit Connection(std::unique_ptr<Rep> rep);
  Result<void> check_isolation(Isolation wanted);
  std::unique_ptr<Rep> rep_;
};

/// `name` between backticks, with backticks doubled.
std::string quote_name(std::string_view name);

/// 'text' as an SQL literal, safe under our sql_mode.
std::string quote_text(std::string_view text);

}  // namespace syncline::mysql
