#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/pipeline.h"
#include "document/plan.h"
#include "document/schema.h"
#include "mysql/connection.h"

namespace syncline::mysql {

/// What the clock row says of the pipeline.
struct ClockState {
  document::Generation generation;
  document::Revision newest;
  std::string server;  ///< identity of the server that the clock was made on
  std::string epoch;   ///< 32 hex digits, made when the clock was created
};

struct CaptureTable {
  document::TableName table;
  std::vector<std::string> present;  ///< triggers of ours that stand, current version
  std::vector<std::string> missing;
  bool is_known = true;  ///< false: triggers are invisible without the TRIGGER privilege
};

struct CaptureStatus {
  bool is_installed = false;
  std::optional<ClockState> clock;
  std::vector<CaptureTable> tables;
  bool is_complete() const;  ///< nothing missing, nothing unknown
};

/// Installs and removes the change log and the triggers of one pipeline (docs/capture.md). All DDL
/// but the generated shop's is here. It runs with lock_wait_timeout = 1 and is retried, so that it
/// never queues the application. One thread at a time.
class Capture {
 public:
  /// `connection`: the installer's session; `schema`: of the source database.
  Capture(Connection& connection, const document::Schema& schema, document::PipelineName name,
          std::string server_identity);

  /// Makes what is missing: schema, tables, clock, catalogue, triggers (cascades included); new
  /// trigger versions before the generation rises, old ones dropped after it. A document type whose
  /// hash changed is to be loaded again: its loads go back to "none". Idempotent, without a gap.
  /// kInvalid: missing right (the hint holds the SQL for a DBA), or a definition that was already
  /// superseded (`force` takes it back). kConflict: the clock belongs to another server.
  Result<ClockState> install(std::span<const document::DocumentPlan> plans, bool force);

  /// Every statement that install() would run now, for a DBA. Changes nothing.
  Result<std::vector<std::string>> script(std::span<const document::DocumentPlan> plans);

  /// What is installed, against what these plans need (empty plans: what the catalogue names).
  /// Changes nothing.
  Result<CaptureStatus> status(std::span<const document::DocumentPlan> plans);

  /// Takes over a clock of another server or of an older state of this one: its number goes 10 s
  /// above both clocks and `above` (the highest revision of any target), epoch and generation are
  /// new, every load goes back to "none". Only after every old engine has been stopped.
  Result<ClockState> adopt(document::Revision above);

  /// Drops every trigger of ours and the schema. Nothing is left. Harmless when nothing is there.
  Result<void> remove();

 private:
  Connection& connection_;
  const document::Schema& schema_;
  const document::PipelineName name_;
  const std::string server_;
};

/// Statements as text for the mysql client, whose delimiter the trigger bodies would end.
std::string client_script(std::span<const std::string> statements);

/// Identity of the server: @@server_uuid, on MariaDB hostname and server_id, or `configured` when
/// not empty.
Result<std::string> server_identity(Connection& connection, const std::string& configured);

/// The expression for it, evaluated by whichever server answers.
std::string server_identity_sql(bool is_mariadb, const std::string& configured);

}  // namespace syncline::mysql
