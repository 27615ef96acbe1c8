#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "document/definition.h"
#include "document/plan.h"
#include "document/schema.h"

namespace syncline::document {

/// An embedding that a foreign key offers and that was not taken, and why.
struct RejectedEmbedding {
  NodeDefinition node;
  std::string reason;
};

struct SuggestedDocument {
  DocumentDefinition definition;
  std::vector<RejectedEmbedding> rejected;
  std::vector<std::string> notes;  ///< what its records do not have, or not as MySQL has it
  uint64_t approximate_rows = 0;
};

struct LeftOutTable {
  TableName table;
  std::string reason;
};

/// Documents for a whole schema.
struct Suggestion {
  std::vector<SuggestedDocument> documents;
  std::vector<LeftOutTable> left_out;
};

/// Says why the changes of a table cannot be captured, by kInvalid or kUnsupported.
using CaptureCheck = std::function<Result<void>(const TableName&)>;

/// What an engineer would write who sees the schema for the first time: every table that can be a
/// document is one; its foreign keys are embedded as one row, and the foreign keys of other tables
/// to it as arrays, a link table with the row of its far side inside. Every document and embedding
/// was resolved by plan_document: one that it refuses is left out or rejected with its words, as
/// are arrays that would be long, and repeated ones. Names are made such that the definitions are
/// valid. Only transient errors come back as errors.
Result<Suggestion> suggest_documents(const Schema& schema, const ExpressionProbe& probe,
                                     const CaptureCheck& capture);

}  // namespace syncline::document
