#include "mysql/capture.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "mysql/capture_plan.h"
#include "mysql/capture_refusal.h"
#include "mysql/capture_tables.h"
#include "mysql/catalogue.h"
#include "mysql/dba_script.h"
#include "mysql/trigger_sql.h"

namespace syncline::mysql {

using document::DocumentPlan;
using document::PipelineName;
using document::Schema;
using document::TableName;

namespace {

constexpr std::chrono::seconds kDdlPatience{60};
constexpr unsigned kLockWaitTimeout = 1205;

bool is_ddl(std::string_view sql) { return sql.starts_with("CREATE") || sql.starts_with("DROP"); }

// A CREATE TRIGGER that waits for a lock queues the application's statements behind it: so it waits
// for one second at most, and comes again.
Result<void> run_ddl(Connection& connection, const std::string& sql) {
  SystemClock clock;
  const BootTime end = clock.boot_now() + kDdlPatience;
  TRY(connection.execute("SET SESSION lock_wait_timeout = 1"));
  std::chrono::milliseconds pause{50};
  for (;;) {
    const Result<Done> done = connection.execute(sql);
    if (done.ok()) break;
    if (connection.last_code() != kLockWaitTimeout) return done.error();
    if (clock.boot_now() > end) {
      return transient(
          fmt::format("{} waited {} s for a table lock", sql.substr(0, 80), kDdlPatience.count()),
          "a transaction or backup holds the table open: SHOW PROCESSLIST, "
          "information_schema.INNODB_TRX");
    }
    clock.sleep(pause, {});
    pause = std::min(pause * 2, std::chrono::milliseconds(2000));
  }
  TRY(connection.execute("SET SESSION lock_wait_timeout = DEFAULT"));
  return {};
}

/// A named lock, held for a scope.
class NamedLock {
 public:
  static Result<NamedLock> take(Connection& connection, const std::string& name) {
    const auto taken =
        TRY(connection.value(fmt::format("SELECT GET_LOCK({}, 20)", quote_text(name))));
    if (taken != "1") {
      return transient("another session holds the lock '" + name + "'",
                       "is another `syncline` installing?");
    }
    return NamedLock(connection, name);
  }
  NamedLock(NamedLock&& other) noexcept
      : connection_(std::exchange(other.connection_, nullptr)), name_(std::move(other.name_)) {}
  ~NamedLock() {
    if (!connection_) return;
    const auto released =
        connection_->value(fmt::format("SELECT RELEASE_LOCK({})", quote_text(name_)));
    if (!released.ok()) connection_->close();  // with the session goes the lock
  }

 private:
  NamedLock(Connection& connection, std::string name)
      : connection_(&connection), name_(std::move(name)) {}

  Connection* connection_;
  std::string name_;
};

std::string lock_name(const PipelineName& name, std::string_view what) {
  return schema_of(name) + "." + std::string(what);
}

// The new generation takes effect between two views, with everything that belongs to it.
Result<void> take_effect(Connection& connection, const PipelineName& name,
                         const std::vector<std::string>& statements) {
  if (statements.empty()) return {};
  const NamedLock lock = TRY(NamedLock::take(connection, lock_name(name, "view")));
  TRY(connection.execute("START TRANSACTION"));
  for (const std::string& sql : statements) {
    const Result<Done> done = connection.execute(sql);
    if (done.ok()) continue;
    if (!connection.execute("ROLLBACK").ok()) connection.close();
    return done.error();
  }
  TRY(connection.execute("COMMIT"));
  return {};
}

Result<void> run_plan(Connection& connection, const PipelineName& name, const CapturePlan& plan) {
  for (const std::string& sql : plan.before) {
    if (is_ddl(sql)) {
      TRY(run_ddl(connection, sql));
    } else {
      TRY(connection.execute(sql));
    }
  }
  TRY(take_effect(connection, name, plan.effect));
  for (const std::string& sql : plan.after) TRY(run_ddl(connection, sql));
  return {};
}

Result<void> check_server(const CaptureState& state, const PipelineName& name,
                          const std::string& server) {
  if (!state.clock || state.clock->server == server) return {};
  return conflict(fmt::format("pipeline {} belongs to the MySQL server {}, this one is {}",
                              name.value, state.clock->server, server),
                  "point source.uri at the right server, or take this one over with --adopt, which "
                  "loads everything again");
}

// Captured ones, and those from which a cascade reaches them.
std::set<std::string> tables_with_triggers(const CaptureState& state, const Schema& schema,
                                           const PipelineName& name) {
  std::set<std::string> tables;
  for (const CatalogueEntry& entry : state.catalogue) {
    if (!entry.is_document && entry.is_current) tables.insert(entry.name);
  }
  const auto expected = expected_triggers(schema, name, state, {});
  if (!expected.ok()) return tables;  // a cascade that capture refuses has come since
  for (const TriggerSql& trigger : *expected) tables.insert(trigger.table.value);
  return tables;
}

}  // namespace

std::string client_script(std::span<const std::string> statements) {
  std::string script = "DELIMITER //\n";
  for (const std::string& sql : statements) script += sql + "//\n";
  return script + "DELIMITER ;\n";
}

Capture::Capture(Connection& connection, const Schema& schema, PipelineName name,
                 std::string server_identity)
    : connection_(connection),
      schema_(schema),
      name_(std::move(name)),
      server_(std::move(server_identity)) {}

Result<ClockState> Capture::install(std::span<const DocumentPlan> plans, bool force) {
  const NamedLock lock = TRY(NamedLock::take(connection_, lock_name(name_, "install")));
  const CaptureState state = TRY(read_capture_state(connection_, name_, schema_.database));
  TRY(check_server(state, name_, server_));
  TRY(refuse_uncapturable(connection_, schema_, plans));
  const CapturePlan plan = TRY(plan_capture({schema_, name_, server_, state, plans, force}));
  const Result<void> done = run_plan(connection_, name_, plan);
  if (!done.ok() && done.error().kind() == ErrorKind::kInvalid) {
    const Error& error = done.error();
    const std::string& account = state.sight.grants.account();
    return Error(
        error.kind(), "cannot install capture: " + error.message(),
        error.hint() +
            "\nor let `syncline capture install` run with an account that may (source."
            "installer), or a DBA run this:\n" +
            client_script(dba_script({name_, schema_.database, account}, plan.statements(name_))));
  }
  TRY(Result<void>(done));
  const CaptureState after = TRY(read_capture_state(connection_, name_, schema_.database));
  if (!after.clock) return internal("capture was installed, but its clock is not there");
  return *after.clock;
}

Result<std::vector<std::string>> Capture::script(std::span<const DocumentPlan> plans) {
  const CaptureState state = TRY(read_capture_state(connection_, name_, schema_.database));
  TRY(check_server(state, name_, server_));
  TRY(refuse_uncapturable(connection_, schema_, plans));
  const CapturePlan plan = TRY(plan_capture({schema_, name_, server_, state, plans, false}));
  return plan.statements(name_);
}

Result<CaptureStatus> Capture::status(std::span<const DocumentPlan> plans) {
  const CaptureState state = TRY(read_capture_state(connection_, name_, schema_.database));
  CaptureStatus status;
  status.clock = state.clock;
  status.is_installed = state.clock.has_value();
  std::map<TableName, CaptureTable> tables;
  for (const TriggerSql& trigger : TRY(expected_triggers(schema_, name_, state, plans))) {
    CaptureTable& table = tables[trigger.table];
    table.table = trigger.table;
    (state.stands(trigger) ? table.present : table.missing).push_back(trigger.name);
    table.is_known = state.sight.sees(trigger.table.value);
  }
  for (auto& [name, table] : tables) {
    // What cannot be seen is not known to be missing.
    if (!table.is_known) table.missing.clear();
    status.tables.push_back(std::move(table));
  }
  return status;
}

bool CaptureStatus::is_complete() const {
  return is_installed && std::ranges::all_of(tables, [](const CaptureTable& table) {
           return table.is_known && table.missing.empty();
         });
}

Result<void> Capture::remove() {
  const NamedLock lock = TRY(NamedLock::take(connection_, lock_name(name_, "install")));
  CaptureState state = TRY(read_capture_state(connection_, name_, schema_.database));
  for (const std::string& table : tables_with_triggers(state, schema_, name_)) {
    if (state.sight.sees(table)) continue;
    // The schema without its triggers is harmless; triggers without it fail the application.
    return invalid(
        fmt::format("triggers of {} cannot be seen without the TRIGGER privilege", table),
        "remove with an account that has it (source.installer)");
  }
  for (const auto& [trigger, standing] : state.triggers) {
    TRY(run_ddl(connection_, fmt::format("DROP TRIGGER IF EXISTS {}.{}",
                                         quote_name(schema_.database), quote_name(trigger))));
  }
  state = TRY(read_capture_state(connection_, name_, schema_.database));
  if (!state.triggers.empty()) {
    return transient("triggers appeared while capture was removed", "is an engine running?");
  }
  return run_ddl(connection_, "DROP DATABASE IF EXISTS " + quote_name(schema_of(name_)));
}

Result<ClockState> Capture::adopt(document::Revision above) {
  const NamedLock lock = TRY(NamedLock::take(connection_, lock_name(name_, "install")));
  const std::string clock = own_table(name_, "clock");
  TRY(take_effect(
      connection_, name_,
      {fmt::format(
           "UPDATE {} SET rev = GREATEST(rev, {}, CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 "
           "AS UNSIGNED)) + 10000000, generation = generation + 1, server = {}, epoch = "
           "LEFT(SHA2(CONCAT(UUID(), RAND()), 256), 32) WHERE id = 1",
           clock, above.value, quote_text(server_)),
       fmt::format("UPDATE {} SET phase = 'none', second_walk = 0", own_table(name_, "loads")),
       fmt::format("DELETE FROM {}", own_table(name_, "write_counters"))}));
  const CaptureState after = TRY(read_capture_state(connection_, name_, schema_.database));
  if (!after.clock) return not_found("capture is not installed", "run `syncline capture install`");
  return *after.clock;
}

std::string server_identity_sql(bool is_mariadb, const std::string& configured) {
  if (!configured.empty()) return quote_text(configured);
  return is_mariadb ? "CONCAT(@@hostname, '/', @@server_id)" : "@@server_uuid";
}

Result<std::string> server_identity(Connection& connection, const std::string& configured) {
  const auto identity =
      TRY(connection.value("SELECT " + server_identity_sql(connection.is_mariadb(), configured)));
  return identity.value_or("");
}

}  // namespace syncline::mysql
