#pragma once

#include <mongoc/mongoc.h>

#include <span>

#include "base/result.h"
#include "document/ids.h"
#include "document/plan.h"

namespace syncline::mongo {

/// Keys may have 3072 bytes, and a filter 16 MiB.
inline constexpr size_t kKeysPerFilter = 1000;

/// What a record's revision must be for a statement to touch it.
struct Guard {
  enum Relation { kBelow, kExactly, kAbove, kAtLeast };
  Relation relation = kBelow;
  document::Revision revision;
};

inline Guard below(document::Revision revision) { return {Guard::kBelow, revision}; }
inline Guard exactly(document::Revision revision) { return {Guard::kExactly, revision}; }
inline Guard above(document::Revision revision) { return {Guard::kAbove, revision}; }

/// Appends {_revision: {$lt: revision}} and the like to a query.
void append_guard(const Guard& guard, bson_t* query);

/// Appends {_id: {$in: [ids of the keys]}} to a filter; at most kKeysPerFilter of them.
Result<void> append_id_filter(const document::DocumentPlan& plan,
                              std::span<const document::DocumentKey> keys, bson_t* filter);

/// Fills a delete statement: {q: {_id, _revision}, limit: 1}.
Result<void> append_delete(const document::DocumentPlan& plan, const document::DocumentKey& key,
                           const Guard& guard, bson_t* statement);

/// Fills an update statement that replaces a record by `document` (encode_record()), found by its
/// _id. With `upsert`, an absent record is inserted, and one that the guard spares is error 11000.
void append_replace(const bson_t& document, const Guard& guard, bool upsert, bson_t* statement);

}  // namespace syncline::mongo
