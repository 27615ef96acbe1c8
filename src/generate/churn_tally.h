#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "generate/churn.h"
#include "generate/churn_table.h"
#include "mysql/connection.h"

namespace syncline::generate {

/// Rows that a transaction adds, changes and takes, until it is committed.
struct Pending {
  uint64_t inserted = 0;
  uint64_t updated = 0;
  uint64_t deleted = 0;
  uint64_t cascaded = 0;  ///< deleted by the server with rows of other tables
};

/// What has been done so far, and how large the tables are and may be: within a fifth of what they
/// had at the start (three rows more and one less are always allowed), and never emptied. Safe for
/// concurrent use.
class ChurnTally {
 public:
  /// Counts the rows of these tables, and of those that they refer to.
  Result<void> count_rows(mysql::Connection& session, const ChurnSchema& schema);
  /// From now on the tables keep about the size that they have.
  void hold_sizes();

  uint64_t rows(const std::string& table) const;
  bool may_grow(const std::string& table) const;
  bool may_shrink(const std::string& table) const;

  void statement();
  void refused(const std::string& table, std::string_view reason);
  void committed(const std::map<std::string, Pending>& changes);
  void rolled_back();
  void lost();

  ChurnReport report() const;

 private:
  struct Size {
    uint64_t rows = 0;
    uint64_t start = 0;
  };
  const Size* size(const std::string& table) const;

  mutable std::mutex mutex_;  // guards what follows
  ChurnReport report_;
  std::map<std::string, Size> sizes_;
};

}  // namespace syncline::generate
