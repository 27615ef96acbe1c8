#include "generate/churn_fill.h"

#include "base/log.h"
#include "generate/churn_change.h"
#include "generate/churn_refusal.h"
#include "generate/churn_transaction.h"

namespace syncline::generate {
namespace {

constexpr uint64_t kAttemptsPerRow = 20;
constexpr uint64_t kRowsPerTransaction = 50;

// Inserts until the table has `rows`, no parent is found, or it took too many attempts. True: it
// got some.
Result<bool> fill_table(mysql::Connection& session, const ChurnTable& table, uint64_t rows,
                        Random& random, std::stop_token stop, ChurnTally& tally) {
  const uint64_t before = tally.rows(table.name);
  uint64_t attempts = 0;
  while (tally.rows(table.name) < rows && attempts < rows * kAttemptsPerRow) {
    TRY(session.execute("START TRANSACTION"));
    ChurnTransaction transaction(session, tally);
    bool stands = true;
    for (uint64_t i = 0; i < kRowsPerTransaction && !stop.stop_requested(); ++i) {
      ++attempts;
      const uint64_t made = transaction.inserted(table.name);
      if (tally.rows(table.name) + made >= rows) break;
      const auto outcome = TRY(transaction.change(ChangeKind::kInsert, table, random));
      if (outcome == ChangeOutcome::kImpossible) attempts = rows * kAttemptsPerRow;
      stands = outcome != ChangeOutcome::kEnded;
      if (!stands) break;
    }
    if (!session.is_open()) return transient("the connection was lost while tables were filled");
    TRY(session.execute(stands ? "COMMIT" : "ROLLBACK"));
    if (stands) transaction.committed();
    if (stop.stop_requested()) break;
  }
  return tally.rows(table.name) > before;
}

}  // namespace

Result<void> fill_tables(mysql::Connection& session, const ChurnSchema& schema, uint64_t rows,
                         uint64_t seed, std::stop_token stop, ChurnTally& tally) {
  Random random(seed, 0xf111, rows);
  // A table whose parents are still empty takes rows in a later round.
  for (bool is_going_on = true; is_going_on && !stop.stop_requested();) {
    is_going_on = false;
    for (const ChurnTable& table : schema.tables)
      is_going_on |= TRY(fill_table(session, table, rows, random, stop, tally));
  }
  return tally.count_rows(session, schema);
}

}  // namespace syncline::generate
