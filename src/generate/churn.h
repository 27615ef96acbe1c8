#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/pipeline.h"

namespace syncline::generate {

/// Random changes to the rows of any database, by what its schema allows.
struct ChurnRequest {
  config::Endpoint endpoint;
  double rate = 200;  ///< transactions a second over all connections; 0: as fast as it goes
  std::chrono::seconds duration{30};  ///< 0: only fill
  unsigned connections = 4;
  uint64_t seed = 1;
  std::vector<std::string> tables;  ///< only these; empty: all
  uint64_t fill = 0;  ///< first insert rows until each table has as many, parents first
};

/// What was committed, and what the server refused.
struct TableChurn {
  uint64_t inserted = 0;
  uint64_t updated = 0;
  uint64_t deleted = 0;                     ///< by statements: what cascades delete is not counted
  uint64_t rows = 0;                        ///< in the end
  std::map<std::string, uint64_t> refused;  ///< statements, by reason
};

struct ChurnReport {
  uint64_t transactions = 0;  ///< committed
  uint64_t rollbacks = 0;     ///< on purpose, or after a refused statement
  uint64_t statements = 0;    ///< that changed rows, or were to
  uint64_t refused = 0;
  uint64_t lost = 0;  ///< connections
  double seconds = 0;
  std::map<std::string, TableChurn> tables;
  std::map<std::string, std::string> left_out;  ///< tables that are left alone, and why
};

/// Inserts, updates, deletes, key changes and child moves in transactions of one to six statements,
/// some rolled back, some left open for a while, 40 % at READ COMMITTED; each table keeps about
/// its size. A statement that the server refuses (duplicate key, foreign key, check, deadlock, lock
/// wait, ...) is counted by reason, and the transaction goes on or is rolled back. Server gone:
/// connects again until the time is over. Stops early, without error, when stopped. What goes down
/// two levels by cascade is not done at READ COMMITTED, and nothing by REPLACE or UPDATE IGNORE
/// (docs/capture.md). `on_progress` is called about ten times a second, one call at a time. Errors:
/// as read_churn_schema(); kInternal: any other refusal, with table and statement.
Result<ChurnReport> run_churn(const ChurnRequest& request, Clock& clock, std::stop_token stop,
                              const std::function<void(const ChurnReport&)>& on_progress);

}  // namespace syncline::generate
