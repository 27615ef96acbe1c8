#pragma once

#include <cstdint>
#include <string>

#include "base/strong.h"

namespace syncline::document {

/// Number of a consistent view of MySQL: microseconds since 1970, strictly rising, below 2^53.
/// Never compared with a clock. 0 = none yet.
using Revision = Strong<struct RevisionTag, uint64_t>;

/// Version of a pipeline's definitions and triggers; rises when a definition changes.
using Generation = Strong<struct GenerationTag, uint64_t>;

/// Name of a pipeline, [a-z0-9_]{1,32}; its MySQL schema is "syncline_" + name.
using PipelineName = Strong<struct PipelineNameTag, std::string>;

/// Name of a document type: its MongoDB collection and its Redis key prefix.
using DocumentName = Strong<struct DocumentNameTag, std::string>;

/// Name of a table in the source database, without the database.
using TableName = Strong<struct TableNameTag, std::string>;

/// "mongodb" or "redis".
using TargetName = Strong<struct TargetNameTag, std::string>;

/// Address of one document: the key columns' values in the canonical text of document/key.h. Equal
/// text = same key, byte for byte, whatever the collation.
using DocumentKey = Strong<struct DocumentKeyTag, std::string>;

/// Id of a change-log row (UUID_SHORT): ascending in time on one server, not in commit order, not
/// gap-free.
using LogId = Strong<struct LogIdTag, uint64_t>;

}  // namespace syncline::document
