#pragma once

#include <mongoc/mongoc.h>

#include <optional>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "document/ids.h"
#include "document/key.h"
#include "document/plan.h"
#include "document/record.h"

namespace syncline::mongo {

constexpr const char* kRevisionField = "_revision";

/// Appends a key under `name` as it stands in `_id`: the value, or a subdocument of the columns.
Result<void> append_id(const document::KeyLayout& layout, const document::DocumentKey& key,
                       std::string_view name, bson_t* out);

/// The key that an `_id` stands for; nothing when it does not fit the layout. Numbers that MongoDB
/// takes for one `_id` are one key: it keeps the old form when a column has changed its type.
std::optional<document::DocumentKey> key_of_id(const document::KeyLayout& layout,
                                               const bson_iter_t& id);

/// Overwrites `out` with {_id, _revision, fields...}; without a revision, without that field.
/// kInvalid when BSON cannot hold the record.
Result<void> encode_record(const document::DocumentPlan& plan, const document::Image& image,
                           std::optional<document::Revision> revision, bson_t* out);

/// Digest of a document's bytes but for its revision and its `_id`, which the key stands for.
Digest content_of(const bson_t& document);

/// The revision of a document or tombstone; nothing when it has none of ours.
std::optional<document::Revision> revision_of(const bson_t& document);

}  // namespace syncline::mongo
