#include "mysql/connection.h"

#include <algorithm>

#include "base/log.h"
#include "mysql/errors.h"
#include "mysql/grants.h"
#include "mysql/handles.h"

namespace syncline::mysql {
namespace {

// Zero dates must be readable and writable by `generate`: no NO_ZERO_DATE. Triggers keep the mode
// they were created under, so a session's PAD_CHAR_TO_FULL_LENGTH or ANSI_QUOTES never reaches
// ours.
constexpr std::string_view kSqlMode = "STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION";

// MariaDB makes a list of 1000 values or more a subquery, and then scans the whole table for it.
constexpr std::string_view kMariaDbSettings = ", in_predicate_conversion_threshold = 0";

constexpr unsigned kDatabaseDenied = 1044;

// The library's start-up ignores SIGPIPE, so that a lost server is an error and not our end.
void start_library() {
  static const int started = mysql_server_init(0, nullptr, nullptr);
  static_cast<void>(started);
}

// Errors after which the session cannot be used.
bool loses_session(unsigned code) {
  constexpr unsigned kLost[] = {1053, 1077, 1079, 1927, 2000, 2006, 2012,
                                2013, 2014, 2020, 2027, 2055, 3169, 4031};
  return std::find(std::begin(kLost), std::end(kLost), code) != std::end(kLost);
}

std::string_view isolation_name(Isolation isolation) {
  return isolation == Isolation::kRepeatableRead ? "REPEATABLE READ" : "READ COMMITTED";
}

// "ssl=true&ssl_ca=/path": the part of the URI that the driver understands.
Result<void> set_query_options(MYSQL* session, const config::Endpoint& endpoint) {
  std::string_view rest = endpoint.query;
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const size_t equals = pair.find('=');
    const std::string_view name = pair.substr(0, equals);
    const std::string value(equals == pair.npos ? "" : pair.substr(equals + 1));
    if (name == "ssl" && (value == "true" || value == "false")) {
      const my_bool is_enforced = value == "true";
      mysql_optionsv(session, MYSQL_OPT_SSL_ENFORCE, &is_enforced);
    } else if (name == "ssl_ca" && !value.empty()) {
      const my_bool is_verified = 1;
      mysql_optionsv(session, MYSQL_OPT_SSL_CA, value.c_str());
      mysql_optionsv(session, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &is_verified);
    } else {
      return invalid(fmt::format("{}: '{}' is not a known parameter", endpoint.display(), pair),
                     "socket=PATH, ssl=true, ssl=false and ssl_ca=PATH are known");
    }
  }
  return {};
}

void set_options(MYSQL* session, const SessionOptions& options) {
  const unsigned timeout = static_cast<unsigned>(options.timeout.count());
  const my_bool off = 0;
  const unsigned protocol =
      options.endpoint.socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
  mysql_optionsv(session, MYSQL_OPT_CONNECT_TIMEOUT, &timeout);
  mysql_optionsv(session, MYSQL_OPT_READ_TIMEOUT, &timeout);
  mysql_optionsv(session, MYSQL_OPT_WRITE_TIMEOUT, &timeout);
  mysql_optionsv(session, MYSQL_OPT_RECONNECT, &off);
  mysql_optionsv(session, MYSQL_OPT_LOCAL_INFILE, &off);
  mysql_optionsv(session, MYSQL_OPT_PROTOCOL, &protocol);
  mysql_optionsv(session, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_optionsv(session, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", options.program.c_str());
}

const char* text_or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

}  // namespace

struct Connection::Rep {
  SessionHandle session;
  std::string where;
  unsigned last_code = 0;
  bool is_mariadb = false;

  Error fail(unsigned code, std::string_view text) {
    last_code = code;
    Error error = error_of(code, text, where);
    if (loses_session(code)) session.reset();
    return error;
  }
  Error fail() {
    const std::string text = mysql_error(session.get());
    return fail(mysql_errno(session.get()), text);
  }
  Error closed() {
    last_code = 2006;
    return transient(where + ": the connection is closed");
  }

  Result<void> send(std::string_view sql) {
    if (!session) return closed();
    last_code = 0;
    if (mysql_real_query(session.get(), sql.data(), sql.size()) != 0) return fail();
    return {};
  }

  // Reads what is left of a packet: without it the session is out of step.
  Result<void> drain() {
    while (mysql_more_results(session.get())) {
      if (mysql_next_result(session.get()) > 0) return fail();
      const ResultHandle unread(mysql_use_result(session.get()));
    }
    return {};
  }

  Result<void> connect(const SessionOptions& options);
  Result<void> set_up(const SessionOptions& options);
};

Result<void> Connection::Rep::set_up(const SessionOptions& options) {
  const std::string_view isolation = isolation_name(options.isolation);
  const std::string sql = fmt::format(
      "SET SESSION TRANSACTION ISOLATION LEVEL {}; SET SESSION autocommit = 1, time_zone = "
      "'+00:00', sql_mode = '{}', innodb_lock_wait_timeout = {}, sql_safe_updates = 0, "
      "foreign_key_checks = 1, unique_checks = 1, group_concat_max_len = 1048576{}; SET NAMES "
      "utf8mb4",
      isolation, kSqlMode, options.lock_wait_timeout_s, is_mariadb ? kMariaDbSettings : "");
  TRY(send(sql));
  return drain();
}

Connection::Connection(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<void> Connection::Rep::connect(const SessionOptions& options) {
  const config::Endpoint& endpoint = options.endpoint;
  where = endpoint.display();
  session.reset(mysql_init(nullptr));
  CHECK(session != nullptr);
  set_options(session.get(), options);
  TRY(set_query_options(session.get(), endpoint));
  const std::string& database = options.database.empty() ? endpoint.database : options.database;
  const MYSQL* connected = mysql_real_connect(
      session.get(), text_or_null(endpoint.host), text_or_null(endpoint.user),
      text_or_null(endpoint.password.reveal()), text_or_null(database),
      static_cast<unsigned>(endpoint.port), text_or_null(endpoint.socket), CLIENT_MULTI_STATEMENTS);
  if (connected == nullptr) {
    const Error error = fail();
    const bool is_database_denied = mysql_errno(session.get()) == kDatabaseDenied;
    return Error(error.kind(), "cannot connect to " + error.message(),
                 is_database_denied ? fmt::format("GRANT SELECT, TRIGGER ON {} to that account",
                                                  grant_database(database))
                                    : error.hint());
  }
  // The driver goes on in the clear when the server offers no TLS.
  const bool is_tls_wanted = endpoint.query.find("ssl=true") != std::string::npos ||
                             endpoint.query.find("ssl_ca=") != std::string::npos;
  if (is_tls_wanted && mysql_get_ssl_cipher(session.get()) == nullptr) {
    return invalid("cannot connect to " + where + ": the server offers no TLS",
                   "set up TLS on the server, or take ssl=true and ssl_ca out of source.uri");
  }
  is_mariadb = mariadb_connection(session.get()) != 0;
  return {};
}

Result<Connection> Connection::open(const SessionOptions& options) {
  start_library();
  auto rep = std::make_unique<Rep>();
  TRY(rep->connect(options));
  TRY(rep->set_up(options));
  Connection connection(std::move(rep));
  TRY(connection.check_isolation(options.isolation));
  return connection;
}

// At any other level a consistent snapshot is silently no snapshot, so it is read back.
Result<void> Connection::check_isolation(Isolation wanted) {
  const bool is_named_transaction =
      !is_mariadb() || mysql_get_server_version(rep_->session.get()) >= 110100;
  const auto isolation =
      TRY(value(is_named_transaction ? "SELECT @@transaction_isolation" : "SELECT @@tx_isolation"));
  std::string expected(isolation_name(wanted));
  std::replace(expected.begin(), expected.end(), ' ', '-');
  if (isolation == expected) return {};
  return corrupt(fmt::format("{}: the session is at isolation {}, not {}", rep_->where,
                             isolation.value_or("?"), expected),
                 "connect without a proxy that changes sessions");
}

bool Connection::is_open() const { return rep_->session != nullptr; }
void Connection::close() { rep_->session.reset(); }

Result<Done> Connection::execute(std::string_view sql) {
  TRY(rep_->send(sql));
  MYSQL* session = rep_->session.get();
  { const ResultHandle unread(mysql_use_result(session)); }
  const Done done{mysql_affected_rows(session), mysql_insert_id(session)};
  TRY(rep_->drain());
  return done;
}

Result<void> Connection::query(std::string_view sql, const std::function<Result<void>(Row)>& each) {
  TRY(rep_->send(sql));
  MYSQL* session = rep_->session.get();
  ResultHandle result(mysql_use_result(session));
  if (!result) return mysql_errno(session) != 0 ? Result<void>(rep_->fail()) : rep_->drain();
  std::vector<std::optional<std::string_view>> row(mysql_num_fields(result.get()));
  while (MYSQL_ROW fields = mysql_fetch_row(result.get())) {
    const unsigned long* lengths = mysql_fetch_lengths(result.get());
    for (size_t i = 0; i < row.size(); ++i) {
      row[i] = fields[i] ? std::optional(std::string_view(fields[i], lengths[i])) : std::nullopt;
    }
    TRY(each(row));
  }
  if (mysql_errno(session) != 0) {
    result.reset();
    return rep_->fail();
  }
  result.reset();
  return rep_->drain();
}

Result<std::vector<std::vector<std::optional<std::string>>>> Connection::rows(
    std::string_view sql) {
  std::vector<std::vector<std::optional<std::string>>> rows;
  TRY(query(sql, [&rows](Row row) -> Result<void> {
    rows.emplace_back(row.begin(), row.end());
    return {};
  }));
  return rows;
}

Result<std::optional<std::string>> Connection::value(std::string_view sql) {
  const auto all = TRY(rows(sql));
  if (all.empty() || all[0].empty()) return std::optional<std::string>();
  return all[0][0];
}

Result<std::vector<Connection::PacketResult>> Connection::packet(std::string_view sql) {
  std::vector<PacketResult> results;
  const auto fail = [&] {
    return rep_->fail().within(fmt::format("statement {} of a packet", results.size() + 1));
  };
  TRY(rep_->send(sql));
  MYSQL* session = rep_->session.get();
  for (int next = 0; next == 0; next = mysql_next_result(session)) {
    PacketResult one;
    const ResultHandle result(mysql_store_result(session));
    if (result) {
      const MYSQL_ROW row = mysql_fetch_row(result.get());
      if (row && row[0]) one.value.emplace(row[0], mysql_fetch_lengths(result.get())[0]);
    } else if (mysql_errno(session) != 0) {
      return fail();
    } else {
      one.done = {mysql_affected_rows(session), mysql_insert_id(session)};
    }
    results.push_back(std::move(one));
  }
  if (mysql_errno(session) != 0) return fail();
  return results;
}

unsigned Connection::last_code() const { return rep_->last_code; }
bool Connection::is_mariadb() const { return rep_->is_mariadb; }

uint64_t Connection::connection_id() const {
  return is_open() ? mysql_thread_id(rep_->session.get()) : 0;
}

const std::string& Connection::where() const { return rep_->where; }

void* Connection::native() const { return rep_->session.get(); }

std::string quote_name(std::string_view name) {
  std::string quoted = "`";
  for (const char c : name) quoted.append(c == '`' ? 2 : 1, c);
  return quoted += '`';
}

std::string quote_text(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    if (c == '\0') {
      quoted += "\\0";
    } else {
      quoted += c;
    }
  }
  return quoted += '\'';
}

}  // namespace syncline::mysql
