#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "document/ids.h"
#include "document/plan.h"
#include "document/record.h"

namespace syncline::ports {

using document::DocumentKey;
using document::DocumentName;
using document::DocumentPlan;
using document::Generation;
using document::Image;
using document::LogId;
using document::Revision;

/// Keys in MySQL's own order: above `after`, up to and including `last`. A missing bound is open.
struct KeyRange {
  std::optional<DocumentKey> after;
  std::optional<DocumentKey> last;
};

/// What one read may hold in memory.
struct ReadLimits {
  size_t documents_max = 5000;
  size_t bytes_max =
      64u << 20;  ///< a piece ends early rather than exceed it; one document alone may
};

/// The first part of a range.
struct Piece {
  std::vector<Image> images;  ///< in key order; rows outside `where` are no images
  std::optional<DocumentKey>
      last;  ///< the last root key that was looked at; nothing when the range was empty
  bool is_exhausted = false;  ///< nothing of the range lies above `last`
};

/// One row of the change log: a dirty key of a table (or of a document type: a note).
struct LogRow {
  LogId id;
  uint32_t catalogue = 0;  ///< number of the table or document type in the catalogue
  std::string key;         ///< canonical text (document/key.h)
  std::string links;       ///< canonical text of CapturedTable::links; empty for notes
  std::string cursor;      ///< progress and path of a wide row; empty: not begun, every path
};

/// What a page of log rows leads to in one view.
struct Resolution {
  std::map<DocumentName, std::vector<DocumentKey>> keys;  ///< sorted, unique
  std::vector<LogRow>
      wide;  ///< rows that reach too many documents: their narrow paths are in `keys` all the same
  std::set<DocumentName>
      wide_documents;  ///< types that some wide row reaches: any of their documents may be dirty
  bool has_unknown_catalogue = false;  ///< a number that this view's catalogue has, but this
                                       ///< process does not: it is outdated
};

/// The next hop of a wide row: log rows to insert, and where to go on.
struct WideStep {
  std::vector<LogRow> rows;  ///< ids are given by MySQL
  std::string cursor;        ///< empty: done
};

/// One numbered consistent view of MySQL (docs/concepts.md). Short-lived: closed before anything is
/// written to a target. One thread at a time. Every call blocks on MySQL, up to the session's read
/// timeout; any error closes the session, and the view is of no more use (kTransient or kTooOld:
/// open another one).
class View {
 public:
  virtual ~View() = default;  ///< ends the view
  virtual Revision revision() const = 0;

  /// The documents of these keys, each exactly once and in any order. A key that MySQL answers with
  /// other bytes is absent, and the answered key is an image of its own.
  virtual Result<std::vector<Image>> read(const DocumentPlan& plan,
                                          std::span<const DocumentKey> keys) = 0;

  /// Those of the keys that have no document in this view, in the order given. Cheaper than read().
  virtual Result<std::vector<DocumentKey>> absent(const DocumentPlan& plan,
                                                  std::span<const DocumentKey> keys) = 0;

  /// The root key that ends a chunk: the `documents`-th row above `after` (rows outside `where`
  /// count). Nothing when fewer remain: the chunk is the last one, and open-ended. Constant cost,
  /// whatever the table's size.
  virtual Result<std::optional<DocumentKey>> cut(const DocumentPlan& plan,
                                                 const std::optional<DocumentKey>& after,
                                                 size_t documents) = 0;

  /// The first documents of a range, in key order.
  virtual Result<Piece> read_range(const DocumentPlan& plan, const KeyRange& range,
                                   const ReadLimits& limits) = 0;

  /// Change-log rows with id above `after`, ascending, at most `rows_max`.
  virtual Result<std::vector<LogRow>> read_log(LogId after, size_t rows_max) = 0;

  /// Which documents these rows touch, in this view. A row that reaches more than `wide_min`
  /// documents along one path is wide.
  virtual Result<Resolution> resolve(std::span<const LogRow> rows, size_t wide_min) = 0;

  /// Those of the keys that are owed to the target in this view, in the order given. A change is
  /// noted in the log or as owed, and moves from one to the other in one transaction: only one view
  /// of both can tell that a key is in neither.
  virtual Result<std::vector<DocumentKey>> owed(const DocumentName& document,
                                                const document::TargetName& target,
                                                std::span<const DocumentKey> keys) = 0;

  /// The next at most `rows_max` log rows of a wide row's next hop.
  virtual Result<WideStep> widen(const LogRow& row, size_t rows_max) = 0;
};

/// A session that opens numbered views, one at a time. One thread at a time.
class Reader {
 public:
  virtual ~Reader() = default;
  /// Opens a view with a number above every earlier one; connects again if needed. Blocks up to 20
  /// s for the view lock. kTransient: try again. kConflict: a newer generation runs, or this is not
  /// the server that the pipeline belongs to.
  virtual Result<std::unique_ptr<View>> open() = 0;
};

}  // namespace syncline::ports
