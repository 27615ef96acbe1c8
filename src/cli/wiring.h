#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/pipeline.h"
#include "document/plan.h"
#include "document/schema.h"
#include "engine/engine.h"
#include "mysql/capture.h"
#include "mysql/connection.h"
#include "mysql/mysql_database.h"
#include "ports/finding.h"
#include "ports/target.h"
#include "refresh/target_set.h"

namespace syncline::cli {

/// The one place that knows every part: puts a pipeline file, MySQL and the targets together. One
/// thread at a time, except that the database and the target set it hands out are safe for
/// concurrent use.
class Wiring {
 public:
  /// Reads the pipeline file and asks MySQL who it is. Errors: those of config::load_pipeline and
  /// mysql::Connection.
  static Result<std::unique_ptr<Wiring>> open(const std::string& file, Clock& clock);

  const config::Pipeline& pipeline() const { return pipeline_; }
  mysql::MysqlDatabase& database() { return *database_; }
  const std::vector<document::DocumentPlan>& plans() const { return plans_; }

  /// Reads the schema and resolves the documents. Repeating it reads the schema again.
  Result<void> plan();

  /// plan(), then installs what is missing. Only for who holds the streaming lock, and for `capture
  /// install`.
  Result<engine::Installed> install(bool force, bool adopt);

  /// plan(), then takes what is installed as it is. kInvalid when it is not, or when the pipeline
  /// file says something else by now.
  Result<engine::Installed> attach();

  /// The statements that install() would run now, for a DBA: with a locked account that the
  /// triggers belong to, and the grants that the runtime account needs. After plan().
  Result<std::vector<std::string>> install_script();

  /// plan(), but one refused document does not keep the others from being looked at: the refusals.
  /// What is resolved is planned.
  Result<std::vector<Error>> plan_each();

  /// What `check` says of MySQL and of the targets, for the planned documents. Changes nothing
  /// where capture is not installed; else each target is prepared, as `run` and `verify` do.
  Result<std::vector<ports::Finding>> source_findings();
  Result<std::vector<ports::Finding>> target_findings();
  /// What the stores do not hold as the captured tables do.
  std::vector<ports::Finding> column_findings() const;
  Result<mysql::CaptureStatus> capture_status();
  Result<void> remove_capture();

  /// kInvalid, with the nearest name, when the pipeline file has no such document type. After
  /// plan().
  Result<const document::DocumentPlan*> find_plan(const std::string& name) const;

  /// Rows of a document type's root table, as MySQL's statistics have it; 0: unknown.
  uint64_t approximate_rows(const document::DocumentName& name) const;

  /// The targets that the pipeline file names.
  std::vector<document::TargetName> wanted_targets() const;
  /// Every document type in every target, as loads that are not done: what `wait` waits for.
  std::vector<ports::Load> wanted_loads() const;

  /// Connectors for the pipeline's targets.
  std::vector<std::unique_ptr<ports::TargetConnector>> connectors(
      const ports::Identity& identity) const;

  /// Connects every target once and lets the database expect what they hold. Targets that are away
  /// stay so.
  Result<refresh::TargetSet*> open_targets(const engine::Installed& installed, bool adopt);

 private:
  Wiring(config::Pipeline pipeline, Clock& clock) : pipeline_(std::move(pipeline)), clock_(clock) {}
  Result<mysql::Connection> connect(const config::Endpoint& endpoint) const;
  Result<mysql::Connection> connect_installer() const;
  engine::Installed installed(const mysql::ClockState& clock) const;
  Result<void> adopt(mysql::Capture& capture);
  Result<void> inspect(ports::TargetConnector& connector, bool is_installed,
                       std::vector<ports::Finding>& findings) const;

  const config::Pipeline pipeline_;
  Clock& clock_;
  std::string server_;
  bool is_adopted_ = false;
  document::Schema schema_;
  std::vector<document::DocumentPlan> plans_;
  std::unique_ptr<mysql::MysqlDatabase> database_;
  std::vector<std::unique_ptr<ports::TargetConnector>> connectors_;
  std::unique_ptr<refresh::TargetSet> targets_;
};

/// The streaming lock for the length of a command, kept by a thread of its own.
class HeldLock {
 public:
  /// Takes the lock; null when another engine streams.
  static Result<std::unique_ptr<HeldLock>> try_take(ports::Database& database, Clock& clock);
  ~HeldLock();

 private:
  HeldLock(std::unique_ptr<ports::Leadership> leadership, Clock& clock);

  std::unique_ptr<ports::Leadership> leadership_;
  std::jthread beat_;
};

}  // namespace syncline::cli
