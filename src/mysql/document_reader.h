#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "document/plan.h"
#include "document/record.h"
#include "mysql/connection.h"
#include "mysql/document_sql.h"

namespace syncline::mysql {

/// The root rows of a piece, and their documents once complete.
struct Roots {
  std::vector<document::Image> images;  ///< all with a record
  bool is_cut = false;  ///< rows were left out: they would not have fitted the byte budget
};

/// kUnsupported: a root row's key column holds a date that no calendar has.
Error zero_date_key(const document::DocumentPlan& plan, size_t column);

/// Reads documents of one type in an open view: root rows by a condition on the primary key, then
/// one SELECT for each to-many node, put together here. One thread at a time; used once for each
/// piece. Borrows connection and plan.
class DocumentReader {
 public:
  DocumentReader(Connection& connection, const document::DocumentPlan& plan, size_t bytes_max);
  ~DocumentReader();

  /// Root rows with their to-one rows, in key order. `limit`: 0 for all. At least one row is taken
  /// whatever its size. kUnsupported when a key is a zero date.
  Result<Roots> roots(const std::string& condition, size_t limit);

  /// Fills the arrays of these documents, to all of which `condition` must lead. False when they
  /// exceed the budget: read fewer. A single document is read whatever its size.
  Result<bool> fill(std::vector<document::Image>& images, const std::string& condition);

 private:
  struct Placed;
  struct Index;

  Result<bool> fill_one(size_t number, const std::string& condition);
  Connection& connection_;
  const document::DocumentPlan& plan_;
  const std::vector<NodeSelect> selects_;
  const size_t bytes_max_;
  size_t bytes_ = 0;
  bool is_single_ = false;
  std::vector<std::string> root_identities_;  // parallel to the images of roots()
  std::vector<Index> indexes_;                // parallel to selects_; empty where nobody asks
};

}  // namespace syncline::mysql
