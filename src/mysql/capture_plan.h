#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "document/plan.h"
#include "document/schema.h"
#include "mysql/capture.h"
#include "mysql/catalogue.h"
#include "mysql/connection.h"
#include "mysql/grants.h"
#include "mysql/trigger_sql.h"

namespace syncline::mysql {

/// On which tables the account can see triggers at all: without the TRIGGER privilege there seem to
/// be none.
struct TriggerSight {
  Grants grants;
  std::string database;
  bool sees(const std::string& table) const { return grants.has("TRIGGER", database, table); }
};

/// A document type as our schema knows it.
struct KnownDocument {
  std::string hash;  ///< empty: it was taken out of the pipeline
  std::vector<std::string> superseded;
};

struct StandingTrigger {
  std::string table;
  std::string body;
};

/// What stands on the server.
struct CaptureState {
  bool has_schema = false;
  std::set<std::string> tables;  ///< ours
  std::optional<ClockState> clock;
  std::vector<CatalogueEntry> catalogue;
  std::map<std::string, KnownDocument> documents;
  std::map<std::string, StandingTrigger> triggers;  ///< ours that can be seen, by name
  TriggerSight sight;

  /// True when the trigger is there, on its table: a renamed table takes its triggers along.
  bool stands(const TriggerSql& trigger) const;
};

Result<CaptureState> read_capture_state(Connection& connection, const document::PipelineName& name,
                                        const std::string& database);

/// The statements that bring the server from what stands to what the plans need.
struct CapturePlan {
  std::vector<std::string> before;  ///< schema, tables, new catalogue rows, new triggers
  std::vector<std::string> effect;  ///< one transaction under the view lock; empty: nothing changes
  std::vector<std::string> after;   ///< old triggers go

  /// All of them in order, with the lock and the transaction around `effect`.
  std::vector<std::string> statements(const document::PipelineName& name) const;
};

struct CaptureRequest {
  const document::Schema& schema;
  const document::PipelineName& name;
  const std::string& server;
  const CaptureState& state;
  std::span<const document::DocumentPlan> plans;
  bool force = false;
};

/// Pure. kInvalid: a superseded definition. kUnsupported: an endless cascade.
Result<CapturePlan> plan_capture(const CaptureRequest& request);

/// The triggers that these plans need, by the numbers the catalogue has (a table without one gets
/// the next); with no plans, those of the catalogue's current entries.
Result<std::vector<TriggerSql>> expected_triggers(const document::Schema& schema,
                                                  const document::PipelineName& name,
                                                  const CaptureState& state,
                                                  std::span<const document::DocumentPlan> plans);

}  // namespace syncline::mysql
