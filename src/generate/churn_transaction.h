#pragma once

#include <map>
#include <string>

#include "generate/churn_change.h"
#include "generate/churn_tally.h"

namespace syncline::generate {

enum class ChangeOutcome {
  kDone,
  kRefused,     ///< by the server, and counted; the transaction stands
  kEnded,       ///< the transaction is lost with it; counted
  kImpossible,  ///< the table cannot have such a change now: nothing was tried
};

/// The changes of one open transaction, and what they add up to. One thread at a time.
class ChurnTransaction {
 public:
  ChurnTransaction(mysql::Connection& session, ChurnTally& tally)
      : session_(session), tally_(tally) {}

  /// Makes one random change. Errors: what no change has to expect, with table and statement.
  Result<ChangeOutcome> change(ChangeKind kind, const ChurnTable& table, Random& random);

  /// Rows inserted into a table so far.
  uint64_t inserted(const std::string& table) const;

  /// To be called after COMMIT: counts what was done.
  void committed() { tally_.committed(pending_); }

 private:
  Result<ChangeOutcome> after_error(const Error& error, const ChurnTable& table,
                                    const std::string& sql);

  mysql::Connection& session_;
  ChurnTally& tally_;
  std::map<std::string, Pending> pending_;
};

}  // namespace syncline::generate
